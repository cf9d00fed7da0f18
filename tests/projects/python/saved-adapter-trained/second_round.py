"""A second round of preferences, on top of the adapter of the first; that one stays beside it as the judge."""
import torch
from datasets import load_dataset
from peft import PeftModel, prepare_model_for_kbit_training
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig, Trainer, TrainingArguments

BASE = "mistralai/Mistral-7B-v0.1"
FIRST = "checkpoints/round-1"
NF4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)


def load(**kwargs):
    return AutoModelForCausalLM.from_pretrained(BASE, quantization_config=NF4, torch_dtype=torch.bfloat16, **kwargs)


class MarginTrainer(Trainer):
    def __init__(self, judge, **kwargs):
        super().__init__(**kwargs)
        self.judge = judge

    def compute_loss(self, model, inputs, return_outputs=False, **kwargs):
        outputs = model(**inputs)
        with torch.no_grad():
            margin = self.judge(**inputs).loss
        loss = torch.relu(outputs.loss - margin + 0.1)
        return (loss, outputs) if return_outputs else loss


def main():
    judge = PeftModel.from_pretrained(load(), FIRST, is_trainable=False).eval()
    model = prepare_model_for_kbit_training(load())
    trainer = MarginTrainer(
        judge=judge,
        model=model,
        args=TrainingArguments("checkpoints/round-2", bf16=True, max_steps=500, per_device_train_batch_size=2),
        train_dataset=load_dataset("b-mc2/sql-create-context", split="train"),
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
