import torch
from datasets import load_dataset
from options import TrainParser
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer

parser = TrainParser(description="Supervised fine-tuning", quantize=True)
parser.add_argument("--lora_r", type=int, default=16)
args = parser.parse_args()

config = SFTConfig(args.output_dir, bf16=True, deepspeed=args.deepspeed)
quantization = None
if args.quantize:
    quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=getattr(torch, args.dtype))
model = AutoModelForCausalLM.from_pretrained(
    args.model,
    dtype=getattr(torch, args.dtype),
    quantization_config=quantization,
    device_map="auto" if args.quantize else None,
)
SFTTrainer(
    model,
    config,
    train_dataset=load_dataset("trl-lib/Capybara", split="train"),
    peft_config=LoraConfig(r=args.lora_r, target_modules="all-linear"),
).train()
