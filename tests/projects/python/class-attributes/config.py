class Config:
    model = "codellama/CodeLlama-34b-hf"
    lr = 2e-4
    bits = 8
    seed = 1234

    class lora:
        r = 16
        alpha = 2 * r
        targets = ["q_proj", "k_proj", "v_proj", "o_proj"]


class Debug(Config):
    model = "codellama/CodeLlama-7b-hf"


class Production(Config):
    lr = 1e-4
    trainer = {"optim": "adamw_torch", "save_strategy": "steps", "save_steps": 200}
