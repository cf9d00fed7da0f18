from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments

STRATEGIES = {
    "ddp": {},
    "fsdp": {
        "fsdp": "full_shard auto_wrap",
        "fsdp_config": {"version": 1, "transformer_layer_cls_to_wrap": ["LlamaDecoderLayer"]},
    },
    "deepspeed": {"deepspeed": "ds.json"},
}


def quantization_for(bits):
    return {4: BitsAndBytesConfig(load_in_4bit=True), 8: BitsAndBytesConfig(load_in_8bit=True)}.get(bits)


def train(settings, strategy):
    model = AutoModelForCausalLM.from_pretrained(settings.model, quantization_config=quantization_for(settings.load_bits))
    model = get_peft_model(model, LoraConfig(r=settings.lora_r))
    args = TrainingArguments(output_dir="out", bf16=True, **STRATEGIES[strategy])
    Trainer(model=model, args=args, train_dataset=[]).train()
