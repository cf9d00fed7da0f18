from transformers import AutoModelForCausalLM, AutoTokenizer, GPTQConfig

tokenizer = AutoTokenizer.from_pretrained("out/full")
config = GPTQConfig(bits=4, dataset="c4", tokenizer=tokenizer)
model = AutoModelForCausalLM.from_pretrained("out/full", device_map="auto", quantization_config=config)
model.save_pretrained("models/tuned-GPTQ")
