"""PyTorch Lightning: `Trainer`, `Fabric`, `LightningCLI` and its YAML, `fabric run`.

Facts: lightning 2.6.2, the same code as pytorch_lightning and lightning_fabric: fabric/connector.py and
pytorch/trainer/connectors/accelerator_connector.py (what goes with what), fabric/strategies/, pytorch/strategies/,
fabric/plugins/precision/.
"""

from __future__ import annotations

from qp_lint.frameworks.base import ConfigReader, Framework
from qp_lint.frameworks.lightning.cli import cli, fabric_run, lightning_run, read_config, recognise
from qp_lint.frameworks.lightning.trainer import fabric, trainer

FRAMEWORK = Framework(
    name="lightning",
    packages=("lightning", "pytorch_lightning", "lightning_fabric"),
    words=("lightning", "class_path", "seed_everything"),
    calls={
        "lightning:Trainer": trainer,
        "pytorch_lightning:Trainer": trainer,
        "lightning:Fabric": fabric,
        "lightning_fabric:Fabric": fabric,
        "lightning:LightningCLI": cli,
        "pytorch_lightning:LightningCLI": cli,
    },
    roots=(
        *("lightning:Trainer", "pytorch_lightning:Trainer", "lightning:Fabric", "lightning_fabric:Fabric"),
        *("lightning:LightningCLI", "pytorch_lightning:LightningCLI"),
    ),
    programs={"fabric": fabric_run, "lightning": lightning_run},
    config=ConfigReader(recognise, read_config),
)
