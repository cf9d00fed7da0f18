"""The language server, as an editor meets it: over standard input and output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.client import Editor

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
STAGE = (0, 32, 0, 33)  # where the 3 stands
PULL = {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}
Start = Callable[..., Editor]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an editor in the project; every session ends cleanly."""
    editors: list[Editor] = []

    def begin(files: dict[str, str] | None = None, **how: Any) -> Editor:
        root = tmp_path / "project"
        for name, text in {**FILES, **(files or {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        editors.append(Editor(root, **how))
        return editors[-1]

    yield begin
    for editor in editors:
        assert editor.close() == 0


def test_a_session(start: Start) -> None:
    editor = start()
    found = editor.wait("train.py", "QP203")[0]  # of a folder, nothing needs to be open
    assert found["severity"] == 1
    assert found["source"] == "qp-lint"
    assert found["codeDescription"]["href"].endswith("QP203-device-map-zero3.md")
    line = FILES["train.py"].splitlines()[2]
    begin, end = (len(line[: line.index(part)].encode("utf-16-le")) // 2 for part in ('"auto"', '")'))
    assert found["range"]["start"] == {"line": 2, "character": begin}
    assert found["range"]["end"]["character"] > end
    assert {each["location"]["uri"] for each in found["relatedInformation"]} >= {editor.uri("configs/ds_z3.json")}

    # another file, unsaved, pieces of it: the diagnostics of the script go and come
    editor.open("configs/ds_z3.json")
    editor.change("configs/ds_z3.json", (STAGE, "1"), ((0, 32, 0, 33), "0"))
    editor.until(lambda message: "QP203" not in editor.codes("train.py"))
    editor.change("configs/ds_z3.json", (STAGE, "3"))
    editor.until(lambda message: "QP203" in editor.codes("train.py"))
    editor.change("configs/ds_z3.json", '{"zero_optimization": ')
    assert editor.wait("configs/ds_z3.json", "QP902")[0]["severity"] == 1
    editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri("configs/ds_z3.json")}})
    editor.wait("configs/ds_z3.json")  # the disk counts again
    editor.wait("train.py", "QP203")

    # what changes on the disk, new files and configuration
    (editor.root / "more.sh").write_text("accelerate launch --use_deepspeed --zero_stage 3 other/train.py\n")
    (editor.root / "other" / "train.py").write_text(FILES["train.py"].replace(', deepspeed="configs/ds_z3.json"', ""))
    event = {"uri": editor.uri("more.sh"), "type": 1}
    editor.tell("workspace/didChangeWatchedFiles", {"changes": [event]})
    editor.wait("other/train.py", "QP203")
    editor.tell("workspace/didChangeConfiguration", {"settings": {"qp-lint": {"ignore": ["QP203"]}}})
    editor.wait("other/train.py")
    editor.wait("train.py")
    editor.tell("workspace/didChangeConfiguration", {"settings": {"qp-lint": {"ignore": ["QP9999"]}}})
    editor.until(lambda message: bool(editor.shown))
    assert "unknown rule 'QP9999'" in editor.shown[0]


def test_questions(start: Start) -> None:
    editor = start({"train.py": FILES["train.py"].replace(".train()", ".train()  # qp-lint: ignore[QP101]")})
    assert editor.server["capabilities"]["hoverProvider"]
    said = editor.at("hover", "configs/ds_z3.json", 0, 32)
    text = said["contents"]["value"]
    assert "**parallel.zero.stage** = `3`" in text
    assert "from `stage`, [configs/ds_z3.json:1](file://" in text
    assert "in run.sh:1 + train.py:4" in text
    assert editor.at("hover", "configs/ds_z3.json", 0, 27)["contents"] == said["contents"]  # on the key
    assert editor.at("hover", "train.py", 0, 3) is None
    rule = editor.at("hover", "train.py", 3, len("Trainer(model=model, args=args).train()  # qp-lint: ignore[QP"))
    assert "QP101" in rule["contents"]["value"]

    target = {"uri": editor.uri("configs/ds_z3.json")}
    assert [place["uri"] for place in editor.at("definition", "train.py", 1, 60)] == [target["uri"]]
    assert [place["uri"] for place in editor.at("definition", "run.sh", 0, 25)] == [editor.uri("train.py")]
    assert editor.at("definition", "train.py", 1, 2) == []
    links = editor.ask("textDocument/documentLink", {"textDocument": {"uri": editor.uri("train.py")}})
    assert [link["target"] for link in links] == [target["uri"]]
    line = FILES["train.py"].splitlines()[1]
    assert links[0]["range"]["start"] == {"line": 1, "character": line.index("configs/")}


def test_actions(start: Start) -> None:
    editor = start()
    editor.open("train.py")
    found = editor.wait("train.py", "QP203")[0]
    document = {"uri": editor.uri("train.py")}
    asked = {"textDocument": document, "range": found["range"], "context": {"diagnostics": [found]}}
    offered = {action["title"]: action for action in editor.ask("textDocument/codeAction", asked)}
    assert next(iter(offered)) == "leave device_map out"
    assert list(offered)[-1] == "Ignore QP203 on this line"
    assert offered["leave device_map out"]["isPreferred"] is True
    assert offered["leave device_map out"]["diagnostics"] == [found]
    (change,) = offered["leave device_map out"]["edit"]["documentChanges"]
    (edit,) = change["edits"]
    line = FILES["train.py"].splitlines()[2]
    taken = line.encode("utf-16-le")[2 * edit["range"]["start"]["character"] : 2 * edit["range"]["end"]["character"]]
    assert (taken.decode("utf-16-le"), edit["newText"]) == (', device_map="auto"', "")
    assert editor.ask("textDocument/codeAction", {**asked, "context": {"diagnostics": [], "only": ["refactor"]}}) == []

    saving = {**asked, "context": {"diagnostics": [], "only": ["source.fixAll"]}}
    (all_safe,) = editor.ask("textDocument/codeAction", saving)
    assert all_safe["kind"] == "source.fixAll.qp-lint"
    assert all_safe["edit"]["documentChanges"][0]["edits"] == [edit]
    assert all_safe["edit"]["documentChanges"][0]["textDocument"] == {**document, "version": 1}

    # accept it instead: the edit hides it, and the line then offers nothing
    edit = offered["Ignore QP203 on this line"]["edit"]["documentChanges"][0]["edits"][0]
    assert edit["newText"] == "  # qp-lint: ignore[QP203]"
    spot = (*edit["range"]["start"].values(), *edit["range"]["end"].values())
    editor.change("train.py", (spot, edit["newText"]))
    editor.until(lambda message: "QP203" not in editor.codes("train.py"))
    assert editor.ask("textDocument/codeAction", saving) == []


def test_pulled_diagnostics_in_utf8(start: Start) -> None:
    editor = start(capabilities={**PULL, "general": {"positionEncodings": ["utf-8", "utf-16"]}})
    assert editor.server["capabilities"]["positionEncoding"] == "utf-8"
    assert editor.server["capabilities"]["diagnosticProvider"]["interFileDependencies"] is True
    editor.open("train.py")
    asked = {"textDocument": {"uri": editor.uri("train.py")}}
    report = editor.ask("textDocument/diagnostic", asked)
    assert report["kind"] == "full"
    line = FILES["train.py"].splitlines()[2]
    start_of = report["items"][0]["range"]["start"]
    assert start_of == {"line": 2, "character": len(line[: line.index('"auto"')].encode())}
    again = editor.ask("textDocument/diagnostic", {**asked, "previousResultId": report["resultId"]})
    assert (again["kind"], again["resultId"]) == ("unchanged", report["resultId"])

    # the answer after an edit takes the edit in, and the editor is told that other files have changed
    editor.open("configs/ds_z3.json")
    editor.change("configs/ds_z3.json", (STAGE, "0"))
    report = editor.ask("textDocument/diagnostic", asked)
    assert "QP203" not in {each["code"] for each in report["items"]}
    if not any(each["method"] == "workspace/diagnostic/refresh" for each in editor.requests):
        editor.until(lambda message: message.get("method") == "workspace/diagnostic/refresh")
    assert not editor.published
    editor.change("configs/ds_z3.json", (STAGE, "3"))
    whole = editor.ask("workspace/diagnostic", {"previousResultIds": []})
    assert [(each["uri"], each["items"][0]["code"]) for each in whole["items"]] == [(editor.uri("train.py"), "QP203")]

    # a request that is taken back is answered as such, or was answered before
    number = editor.start("workspace/diagnostic", {"previousResultIds": []})
    editor.tell("$/cancelRequest", {"id": number})
    answer = editor.answer(number)
    assert "result" in answer or answer["error"]["code"] == -32800


def test_without_pygls_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from qp_lint.cli import cli

    monkeypatch.setitem(sys.modules, "qp_lint.server.app", None)
    for name in ("pygls", "pygls.lsp", "pygls.lsp.server", "lsprotocol"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "qp_lint.server.app")
    done = CliRunner().invoke(cli, ["server"])
    assert done.exit_code == 2
    assert "pip install 'qp-lint[lsp]'" in done.output
