import hydra
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments


@hydra.main(version_base="1.3", config_path="../configs", config_name="train")
def main(cfg: DictConfig) -> None:
    print(OmegaConf.to_yaml(cfg))
    quantization = instantiate(cfg.quantization) if cfg.get("quantization") else None
    args = TrainingArguments(**OmegaConf.to_container(cfg.trainer, resolve=True))
    model = AutoModelForCausalLM.from_pretrained(cfg.model.name, quantization_config=quantization, dtype=torch.bfloat16)
    if cfg.lora.enabled:
        lora = LoraConfig(r=cfg.lora.r, lora_alpha=cfg.lora.alpha, target_modules=list(cfg.lora.targets))
        model = get_peft_model(model, lora)
    Trainer(model=model, args=args, train_dataset=instantiate(cfg.data)).train()


if __name__ == "__main__":
    main()
