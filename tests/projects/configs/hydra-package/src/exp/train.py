import hydra
import torch
from datasets import load_dataset
from hydra.utils import instantiate
from omegaconf import DictConfig
from peft import LoraConfig
from transformers import AutoModelForCausalLM
from trl import SFTTrainer


@hydra.main(version_base=None, config_path="pkg://exp.conf", config_name="config")
def main(cfg: DictConfig):
    args = instantiate(cfg.trainer)
    model = AutoModelForCausalLM.from_pretrained(
        cfg.model.name, torch_dtype=getattr(torch, cfg.model.dtype), quantization_config=instantiate(cfg.quant)
    )
    SFTTrainer(model=model, args=args, train_dataset=load_dataset("imdb"), peft_config=LoraConfig(r=8)).train()


if __name__ == "__main__":
    main()
