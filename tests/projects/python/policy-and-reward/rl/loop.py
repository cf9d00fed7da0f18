import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, BitsAndBytesConfig

from rl.prompts import loader

NF4 = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16)


class Reinforce:
    def __init__(self, policy_name, reward_name):
        self.accelerator = Accelerator()
        self.tokenizer = AutoTokenizer.from_pretrained(policy_name)
        self.reward = AutoModelForSequenceClassification.from_pretrained(reward_name, torch_dtype=torch.bfloat16).eval()
        policy = AutoModelForCausalLM.from_pretrained(
            policy_name, quantization_config=NF4, torch_dtype=torch.bfloat16
        )
        policy = get_peft_model(policy, LoraConfig(r=32, target_modules="all-linear", task_type="CAUSAL_LM"))
        optimizer = torch.optim.AdamW(policy.parameters(), lr=1e-6)
        self.policy, self.optimizer, self.prompts = self.accelerator.prepare(
            policy, optimizer, loader(self.tokenizer)
        )

    @torch.no_grad()
    def score(self, sequences):
        return self.reward(sequences).logits.squeeze(-1)

    def train(self):
        for batch in self.prompts:
            sequences = self.accelerator.unwrap_model(self.policy).generate(**batch, do_sample=True)
            advantage = self.score(sequences)
            logp = torch.log_softmax(self.policy(sequences).logits, -1).amax(-1).sum(-1)
            self.accelerator.backward(-(advantage * logp).mean())
            self.optimizer.step()
            self.optimizer.zero_grad()
