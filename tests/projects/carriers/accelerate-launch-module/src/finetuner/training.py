import fire
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

from .data import load


def train(name: str = "mistralai/Mistral-7B-v0.3", bits: int = 16, output: str = "out") -> None:
    """LoRA on a model in 4, 8 or 16 bits."""
    quantization = None if bits == 16 else BitsAndBytesConfig(load_in_8bit=bits == 8, load_in_4bit=bits == 4)
    model = AutoModelForCausalLM.from_pretrained(name, quantization_config=quantization)
    model = get_peft_model(model, LoraConfig(r=16, task_type="CAUSAL_LM"))
    Trainer(model=model, args=TrainingArguments(output, bf16=True), train_dataset=load()).train()


if __name__ == "__main__":
    fire.Fire(train)
