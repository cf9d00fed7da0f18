import hydra
import torch
from omegaconf import DictConfig, OmegaConf
from peft import get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Trainer, TrainingArguments


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg: DictConfig) -> None:
    model = AutoModelForCausalLM.from_pretrained(
        cfg.model.name,
        quantization_config=BitsAndBytesConfig(load_in_8bit=cfg.bits == 8, load_in_4bit=cfg.bits == 4),
        torch_dtype=torch.bfloat16,
    )
    model = get_peft_model(model, hydra.utils.instantiate(cfg.model.lora))
    arguments = TrainingArguments(**OmegaConf.to_container(cfg.trainer, resolve=True))
    Trainer(model=model, args=arguments, train_dataset=[]).train()


if __name__ == "__main__":
    main()
