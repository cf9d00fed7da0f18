import torch
from accelerate import Accelerator
from alignment import H4ArgumentParser, ModelArguments, SFTConfig
from datasets import load_dataset
from peft import LoraConfig
from transformers import BitsAndBytesConfig
from trl import SFTTrainer


def main():
    parser = H4ArgumentParser((ModelArguments, SFTConfig))
    model_args, training_args = parser.parse()
    quantization_config = None
    if model_args.load_in_4bit:
        quantization_config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model_kwargs = dict(
        torch_dtype=getattr(torch, model_args.torch_dtype),
        device_map={"": Accelerator().local_process_index} if quantization_config is not None else None,
        quantization_config=quantization_config,
    )
    training_args.model_init_kwargs = model_kwargs
    trainer = SFTTrainer(
        model=model_args.model_name_or_path,
        args=training_args,
        train_dataset=load_dataset("HuggingFaceH4/ultrachat_200k", split="train_sft"),
        peft_config=LoraConfig(r=model_args.lora_r, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    )
    trainer.train()


if __name__ == "__main__":
    main()
