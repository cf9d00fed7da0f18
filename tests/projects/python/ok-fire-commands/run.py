import fire
import torch
import transformers
from datasets import load_dataset
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, GPTQConfig


def finetune(
    base_model: str = "",
    data: str = "yahma/alpaca-cleaned",
    output_dir: str = "./lora-alpaca",
    batch_size: int = 8,
    lora_r: int = 8,
    use_dora: bool = False,
):
    assert base_model, "Please give a --base_model, such as --base_model='huggyllama/llama-7b'"
    model = AutoModelForCausalLM.from_pretrained(
        base_model, torch_dtype=torch.float16, quantization_config=GPTQConfig(bits=4, backend="auto_trainable")
    )
    config = LoraConfig(r=lora_r, target_modules=["q_proj", "v_proj"], use_dora=use_dora, task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    trainer = transformers.Trainer(
        model=model,
        train_dataset=load_dataset(data, split="train"),
        args=transformers.TrainingArguments(output_dir, per_device_train_batch_size=batch_size, fp16=True),
    )
    trainer.train()
    model.save_pretrained(output_dir)


def merge(base_model: str, lora: str, output_dir: str = "./merged"):
    model = AutoModelForCausalLM.from_pretrained(base_model, torch_dtype=torch.float16)
    PeftModel.from_pretrained(model, lora).merge_and_unload().save_pretrained(output_dir)
    AutoTokenizer.from_pretrained(base_model).save_pretrained(output_dir)


if __name__ == "__main__":
    fire.Fire({"finetune": finetune, "merge": merge})
