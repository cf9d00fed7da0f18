"""A project in a folder, and editors that are started in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest_asyncio
from lsprotocol import types
from tests.server.editor import Editor

FILES = {
    "pyproject.toml": "",
    "train.py": (
        "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
        'args = TrainingArguments(output_dir="out", deepspeed="configs/ds_z3.json")\n'
        'model = AutoModelForCausalLM.from_pretrained("größe-😀", device_map="auto")\n'
        "Trainer(model=model, args=args).train()\n"
    ),
    "run.sh": "deepspeed --num_gpus 4 train.py\n",
    "configs/ds_z3.json": '{"zero_optimization": {"stage": 3}}\n',
    "other/train.py": "import torch\n",
}
PLAIN = types.ClientCapabilities()
PULL = types.ClientCapabilities(
    general=types.GeneralClientCapabilities(
        position_encodings=[types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf16]
    ),
    text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities()),
    workspace=types.WorkspaceClientCapabilities(diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)),
)
UNITS: dict[str, Callable[[str], int]] = {  # the length of a text, by position encoding
    "utf-8": lambda text: len(text.encode()),
    "utf-16": lambda text: len(text.encode("utf-16-le")) // 2,
    "utf-32": len,
}
Start = Callable[..., Awaitable[Editor]]


@pytest_asyncio.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start an editor in the project; every session ends cleanly."""
    editors: list[Editor] = []

    async def begin(
        files: dict[str, str] | None = None, capabilities: types.ClientCapabilities = PLAIN, options: object = None
    ) -> Editor:
        root = tmp_path / "project"
        for name, text in {**FILES, **(files or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        editors.append(Editor(root))
        editors[-1].offers = await editors[-1].start(capabilities, options)
        return editors[-1]

    yield begin
    for editor in editors:
        assert await editor.stop() == 0
