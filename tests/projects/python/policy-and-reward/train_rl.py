from rl.loop import Reinforce

if __name__ == "__main__":
    Reinforce("Qwen/Qwen2.5-7B-Instruct", "Skywork/Skywork-Reward-Llama-3.1-8B").train()
