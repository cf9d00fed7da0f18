import attr
from attrs import define, evolve, field


@attr.s
class Adapter:
    r = attr.ib(default=16)
    alpha = attr.ib(default=32)
    targets = attr.ib(factory=lambda: ["q_proj", "v_proj"])


@define
class Loading:
    bits: int = 8
    device_map: str | None = None

    def keywords(self):
        return {f"load_in_{self.bits}bit": True}


@define
class Settings:
    model: str
    adapter: Adapter = attr.Factory(Adapter)
    loading: Loading = field(factory=Loading)
    steps: int = field(default=1000, validator=attr.validators.gt(0))


MEDIUM = Settings("stabilityai/stablelm-2-12b")
SMALL = evolve(MEDIUM, model="stabilityai/stablelm-2-1_6b", steps=200)
