import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

name = "models/tuned-GPTQ"
model = AutoModelForCausalLM.from_pretrained(name, device_map="auto", torch_dtype=torch.float16)
tokenizer = AutoTokenizer.from_pretrained(name)
while True:
    batch = tokenizer(input("> "), return_tensors="pt").to(model.device)
    print(tokenizer.decode(model.generate(**batch, max_new_tokens=200)[0]))
