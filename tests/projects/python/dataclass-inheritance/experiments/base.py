from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Experiment:
    model: str
    optimizer: str = "adamw_torch"
    learning_rate: float = 1e-5
    deepspeed: str | None = None

    def but(self, **changes):
        return replace(self, **changes)


@dataclass(frozen=True)
class Frugal(Experiment):
    optimizer: str = "lion_8bit"
    learning_rate: float = 3e-6
    offload: bool = False

    @property
    def config(self):
        place = {"device": "cpu" if self.offload else "none"}
        return {
            "zero_optimization": {"stage": 3, "offload_optimizer": place},
            "bf16": {"enabled": "auto"},
            "train_micro_batch_size_per_gpu": "auto",
        }
