BASE = "TheBloke/Llama-2-70B-Chat-GPTQ"
LORA = {"r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"], "task_type": "CAUSAL_LM"}
DORA = False
