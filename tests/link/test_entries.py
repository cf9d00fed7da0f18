"""Which scripts are looked at as possible starts of a run."""

from __future__ import annotations

import pytest

from qp_lint.frameworks import may_start


@pytest.mark.parametrize(
    "text",
    [
        "Trainer(model, args).train()",
        "SFTTrainer('gpt2', train_dataset=data).train()",
        "model = AutoModelForCausalLM.from_pretrained(name)",
        "engine, *_ = deepspeed.initialize(model=model)",
        "model = accelerator.prepare(model)  # an Accelerator",
        "model = GPTQModel.load(name)  # gptqmodel",
    ],
)
def test_calls_that_train_or_load_may_start_a_run(text: str) -> None:
    assert may_start(text)


@pytest.mark.parametrize("text", ["json.load(file)", "batch.prepare()", "window.initialize()", "retrain(model)", ""])
def test_ordinary_code_is_passed_over(text: str) -> None:
    assert not may_start(text)
