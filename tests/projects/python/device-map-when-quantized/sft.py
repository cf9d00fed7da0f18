from transformers import AutoModelForCausalLM
from trl import SFTTrainer, SFTConfig, ModelConfig, TrlParser, get_quantization_config, get_kbit_device_map, get_peft_config

parser = TrlParser((SFTConfig, ModelConfig))
training_args, model_args = parser.parse_args_and_config()
quantization_config = get_quantization_config(model_args)
model_kwargs = dict(
    device_map=get_kbit_device_map() if quantization_config is not None else None,
    quantization_config=quantization_config,
)
model = AutoModelForCausalLM.from_pretrained(model_args.model_name_or_path, **model_kwargs)
trainer = SFTTrainer(model=model, args=training_args, peft_config=get_peft_config(model_args))
trainer.train()
