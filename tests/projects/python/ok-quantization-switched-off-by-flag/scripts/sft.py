from datasets import load_dataset
from transformers import AutoModelForCausalLM
from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_peft_config, get_quantization_config


def main(script_args, training_args, model_args):
    model = AutoModelForCausalLM.from_pretrained(
        model_args.model_name_or_path,
        quantization_config=get_quantization_config(model_args),
        torch_dtype=model_args.torch_dtype,
    )
    data = load_dataset(script_args.dataset_name)
    trainer = SFTTrainer(
        model=model, args=training_args, train_dataset=data["train"], peft_config=get_peft_config(model_args)
    )
    trainer.train()


if __name__ == "__main__":
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig))
    script_args, training_args, model_args = parser.parse_args_and_config()
    main(script_args, training_args, model_args)
