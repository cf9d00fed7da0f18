import hydra
import torch
from datasets import load_dataset
from hydra.utils import instantiate
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from trl import SFTConfig, SFTTrainer


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    training = SFTConfig(**cfg.training)
    quantization = None
    if cfg.quant.bits == 4:
        quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForCausalLM.from_pretrained(
        cfg.model, dtype=torch.bfloat16, quantization_config=quantization, device_map=cfg.quant.device_map
    )
    data = load_dataset("trl-lib/Capybara", split="train")
    SFTTrainer(model, training, train_dataset=data, peft_config=instantiate(cfg.lora)).train()


if __name__ == "__main__":
    main()
