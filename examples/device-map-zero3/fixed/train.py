"""Full fine-tuning with DeepSpeed ZeRO-3."""

from dataclasses import dataclass

from datasets import load_dataset
from transformers import DataCollatorForSeq2Seq, HfArgumentParser, Trainer, TrainingArguments

from models import load_model, load_tokenizer


@dataclass
class ScriptArguments:
    model_name: str = "Qwen/Qwen2.5-14B"
    data: str = "HuggingFaceH4/ultrachat_200k"
    max_length: int = 4096


def main():
    parser = HfArgumentParser((ScriptArguments, TrainingArguments))
    script_args, training_args = parser.parse_args_into_dataclasses()

    tokenizer = load_tokenizer(script_args.model_name)

    def encode(row):
        ids = tokenizer.apply_chat_template(row["messages"], truncation=True, max_length=script_args.max_length)
        return {"input_ids": ids, "labels": list(ids)}

    with training_args.main_process_first():
        data = load_dataset(script_args.data, split="train_sft").map(encode, num_proc=8)

    model = load_model(script_args.model_name)
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=data,
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True),
    )
    trainer.train()
    trainer.save_model(training_args.output_dir)


if __name__ == "__main__":
    main()
