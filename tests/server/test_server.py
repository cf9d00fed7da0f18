"""The language server, as an editor meets it: pytest-lsp's client over standard input and output, holding it to the protocol."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pytest_lsp import client_capabilities
from tests.server.conftest import FILES, PULL, UNITS, Start
from tests.server.editor import Editor, edits_of

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")
session = pytest.mark.asyncio

STAGE = (0, 32, 0, 33)  # where the 3 stands
EDITORS = ("neovim@v0.7", "neovim@v0.10", "emacs", "visual-studio-code")


@session
@pytest.mark.parametrize("name", EDITORS)
async def test_a_session(name: str, start: Start) -> None:
    capabilities = client_capabilities(name)
    assert capabilities.text_document is not None
    capabilities.text_document.diagnostic = None  # of those that could also ask: what is pushed
    editor = await start(capabilities=capabilities)
    (found,) = await editor.wait("train.py", "QP203")  # of a folder, nothing needs to be open
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.source == "qp-lint"
    assert found.code_description is not None
    assert found.code_description.href.endswith("QP203-device-map-zero3.md")
    line = FILES["train.py"].splitlines()[2]
    before, unit = line[: line.index('"auto"')], UNITS[types.PositionEncodingKind(editor.offers.position_encoding)]
    assert found.range.start == types.Position(2, unit(before))
    assert found.range.end.character > unit(before) + 4
    assert {each.location.uri for each in found.related_information or ()} >= {editor.uri("configs/ds_z3.json")}

    # another file, unsaved, pieces of it: the diagnostics of the script go and come
    editor.open("configs/ds_z3.json")
    editor.change("configs/ds_z3.json", (STAGE, "1"), (STAGE, "0"))
    await editor.until(lambda: "QP203" not in editor.codes("train.py"))
    editor.change("configs/ds_z3.json", (STAGE, "3"))
    await editor.until(lambda: "QP203" in editor.codes("train.py"))
    editor.change("configs/ds_z3.json", '{"zero_optimization": ')
    (broken,) = await editor.wait("configs/ds_z3.json", "QP902")
    assert broken.severity is types.DiagnosticSeverity.Error
    editor.close("configs/ds_z3.json")
    await editor.wait("configs/ds_z3.json")  # the disk counts again
    await editor.wait("train.py", "QP203")


@session
async def test_the_launch_shows_what_its_configuration_does(start: Start) -> None:
    """A finding whose place is the launch comes and goes with an edit of the configuration."""
    launch = "accelerate launch --config_file configs/acc.yaml --mixed_precision fp16 train.py\n"
    config = "distributed_type: FSDP\nmixed_precision: bf16\nnum_processes: 4\nfsdp_config:\n  fsdp_version: 2\n"
    script = (
        FILES["train.py"].replace(', deepspeed="configs/ds_z3.json"', "").replace(', device_map="auto"', ", load_in_8bit=True")
    )
    editor = await start({"run.sh": launch, "configs/acc.yaml": config, "train.py": script})
    await editor.until(lambda: bool(editor.codes("train.py") + editor.codes("run.sh") + editor.codes("configs/acc.yaml")))
    before = {name: editor.codes(name) for name in ("train.py", "run.sh", "configs/acc.yaml")}
    editor.open("configs/acc.yaml")
    editor.change("configs/acc.yaml", "distributed_type: 'NO'\nnum_processes: 1\n")
    await editor.until(lambda: {name: editor.codes(name) for name in before} != before)


@session
async def test_what_changes_beside_the_editor(start: Start) -> None:
    """New files, files that go, configuration files, and the editor's own settings."""
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    asking = types.DidChangeConfigurationClientCapabilities(dynamic_registration=True)
    workspace = types.WorkspaceClientCapabilities(
        did_change_watched_files=watching, did_change_configuration=asking, configuration=True
    )
    editor = await start(capabilities=types.ClientCapabilities(workspace=workspace))
    await editor.wait("train.py", "QP203")
    await editor.until(lambda: len(editor.registered) == 2)
    assert {*editor.registered} == {types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.WORKSPACE_DID_CHANGE_CONFIGURATION}

    def told(name: str, kind: types.FileChangeType) -> None:
        event = types.FileEvent(editor.uri(name), kind)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))

    (editor.root / "more.sh").write_text("accelerate launch --use_deepspeed --zero_stage 3 other/train.py\n")
    (editor.root / "other" / "train.py").write_text(FILES["train.py"].replace(', deepspeed="configs/ds_z3.json"', ""))
    told("more.sh", types.FileChangeType.Created)
    await editor.wait("other/train.py", "QP203")
    (editor.root / "more.sh").unlink()
    told("more.sh", types.FileChangeType.Deleted)
    await editor.wait("other/train.py")
    (editor.root / "qp-lint.toml").write_text('ignore = ["QP203"]\n')
    told("qp-lint.toml", types.FileChangeType.Created)
    await editor.wait("train.py")
    (editor.root / "qp-lint.toml").unlink()
    told("qp-lint.toml", types.FileChangeType.Deleted)
    await editor.wait("train.py", "QP203")

    editor.configure(ignore=["QP203"])
    await editor.wait("train.py")
    editor.client.set_configuration({"ignore": []}, section="qp-lint")  # an editor that says only that something changed
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.wait("train.py", "QP203")
    editor.configure(ignore=["QP9999"])
    await editor.until(lambda: bool(editor.client.messages))
    assert "unknown rule 'QP9999'" in editor.client.messages[0].message


@session
async def test_folders_come_and_go(start: Start, tmp_path: Path) -> None:
    editor = await start()
    await editor.wait("train.py", "QP203")
    second = Editor(tmp_path / "second")
    second.client = editor.client
    for name, text in FILES.items():
        (second.root / name).parent.mkdir(parents=True, exist_ok=True)
        (second.root / name).write_text(text, encoding="utf-8")
    folder = types.WorkspaceFolder(second.root.as_uri(), "second")

    def told(added: list[types.WorkspaceFolder], removed: list[types.WorkspaceFolder]) -> None:
        event = types.WorkspaceFoldersChangeEvent(added, removed)
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    told([folder], [])
    await second.wait("train.py", "QP203")
    told([], [folder])
    await second.wait("train.py")
    assert editor.codes("train.py") == ["QP203"]


@session
async def test_settings_of_the_start(start: Start) -> None:
    editor = await start(options={"select": ["QP2"], "targets": {"transformers": "4.51.3"}})
    await editor.wait("train.py", "QP203")
    other = await start(options={"qp-lint": {"ignore": ["QP203"]}})
    assert isinstance(await other.pull("train.py"), types.RelatedFullDocumentDiagnosticReport)
    assert "QP203" not in other.codes("train.py")


@session
async def test_questions(start: Start) -> None:
    launch = FILES["run.sh"].replace("train.py", "train.py --deepspeed_stage 3")
    editor = await start(
        {
            "train.py": FILES["train.py"].replace(".train()", ".train()  # qp-lint: ignore[QP101]"),
            "run.sh": launch,
            "go.sh": "cd other && torchrun ../train.py\n",
        }
    )
    said = await editor.hover("configs/ds_z3.json", 0, 32)
    assert said is not None
    assert isinstance(said.contents, types.MarkupContent)
    text = said.contents.value
    assert "**parallel.zero.stage** = `3`" in text
    assert "from `stage`, [configs/ds_z3.json:1](file://" in text
    assert "in go.sh:1 + train.py:4; run.sh:1 + train.py:4" in text
    on_key = await editor.hover("configs/ds_z3.json", 0, 27)
    assert on_key is not None
    assert on_key.contents == said.contents
    assert await editor.hover("train.py", 0, 3) is None
    rule = await editor.hover("train.py", 3, len("Trainer(model=model, args=args).train()  # qp-lint: ignore[QP"))
    assert rule is not None
    assert isinstance(rule.contents, types.MarkupContent)
    assert "QP101" in rule.contents.value

    assert await editor.definition("train.py", 1, 60) == [editor.uri("configs/ds_z3.json")]
    assert await editor.definition("run.sh", 0, 25) == [editor.uri("train.py")]
    assert await editor.definition("go.sh", 0, 25) == [editor.uri("train.py")]
    assert await editor.definition("train.py", 1, 2) == []
    links = await editor.client.text_document_document_link_async(types.DocumentLinkParams(editor.document("train.py")))
    assert [link.target for link in links or ()] == [editor.uri("configs/ds_z3.json")]
    line = FILES["train.py"].splitlines()[1]
    assert links is not None
    assert links[0].range.start == types.Position(1, line.index("configs/"))


@session
async def test_hover_says_what_a_value_overrides(start: Start) -> None:
    config = "distributed_type: DEEPSPEED\ndeepspeed_config:\n  zero_stage: 2\nnum_processes: 8\n"
    editor = await start({"zero2.yaml": config, "go.sh": "accelerate launch --config_file zero2.yaml train.py\n"})
    said = await editor.hover("zero2.yaml", 2, len("  zero_stage: "))
    assert said is not None
    assert isinstance(said.contents, types.MarkupContent)
    assert "**parallel.zero.stage** = `3`" in said.contents.value
    assert "overrides `2` from `zero_stage`, [zero2.yaml:3](file://" in said.contents.value


@session
async def test_hover_says_what_a_word_of_the_launch_overrides(start: Start) -> None:
    launch = "llamafactory-cli train a.yaml quantization_bit=4\n"
    config = "model_name_or_path: a/b\nstage: sft\ndo_train: true\nfinetuning_type: lora\nquantization_bit: 8\n"
    editor = await start({"a.yaml": config, "run.sh": launch})
    for name, line, column in (("run.sh", 0, launch.index("4")), ("run.sh", 0, launch.index("quant")), ("a.yaml", 4, 4)):
        said = await editor.hover(name, line, column)
        assert said is not None
        assert isinstance(said.contents, types.MarkupContent)
        text = said.contents.value
        assert "**quantization.bits** = `4`" in text
        assert text.count("overrides `8` from `quantization_bit`, [a.yaml:5](file://") == 1


@session
@pytest.mark.parametrize("name", EDITORS)
async def test_actions(name: str, start: Start) -> None:
    capabilities = client_capabilities(name)
    assert capabilities.text_document is not None
    capabilities.text_document.diagnostic = None
    editor = await start(capabilities=capabilities)
    editor.open("train.py")
    found = await editor.wait("train.py", "QP203")
    offered = await editor.actions("train.py", found)
    assert next(iter(offered)) == "leave device_map out"
    assert list(offered)[-1] == "Ignore QP203 on this line"
    assert offered["leave device_map out"].is_preferred is True
    assert list(offered["leave device_map out"].diagnostics or ()) == found
    ((uri, edit),) = edits_of(offered["leave device_map out"])
    assert uri == editor.uri("train.py")
    line = FILES["train.py"].splitlines()[2]
    unit = UNITS[types.PositionEncodingKind(editor.offers.position_encoding)]
    taken = [unit(line[: line.index(part)]) for part in (', device_map="auto"', ")")]
    assert ([edit.range.start.character, edit.range.end.character], edit.new_text) == (taken, "")
    assert await editor.actions("train.py", [], "refactor") == {}

    (all_safe,) = (await editor.actions("train.py", [], "source.fixAll")).values()
    assert all_safe.kind == "source.fixAll.qp-lint"
    assert list(edits_of(all_safe)) == [(uri, edit)]
    assert all_safe.edit is not None
    for step in all_safe.edit.document_changes or ():
        assert isinstance(step, types.TextDocumentEdit)
        assert step.text_document.version == 1  # an edit for a text that has changed since is refused

    # accept it instead: the edit hides it, and the line then offers nothing
    ((_, edit),) = edits_of(offered["Ignore QP203 on this line"])
    assert edit.new_text == "  # qp-lint: ignore[QP203]"
    start_of, end_of = edit.range.start, edit.range.end
    editor.change("train.py", ((start_of.line, start_of.character, end_of.line, end_of.character), edit.new_text))
    await editor.until(lambda: "QP203" not in editor.codes("train.py"))
    assert await editor.actions("train.py", [], "source.fixAll") == {}


@session
async def test_edits_have_the_form_that_the_editor_takes(start: Start) -> None:
    """One that knows neither versions of documents nor how to make files gets plain edits, and no fix that makes a file."""
    config = "model_name_or_path: Qwen/Qwen2.5-7B-Instruct-GPTQ-Int4\nstage: sft\ndo_train: true\nfinetuning_type: lora\n"
    files = {
        "sft.yaml": config + "deepspeed: configs/ds_z3.json\n",
        "go.sh": "FORCE_TORCHRUN=1 llamafactory-cli train sft.yaml\n",
    }
    plain = await start(files)
    ((uri, _),) = edits_of((await plain.actions("train.py", []))["leave device_map out"])
    found = await plain.wait("configs/ds_z3.json", "QP101")
    unable = await plain.actions("configs/ds_z3.json", found)
    able = await (await start(files, client_capabilities("visual-studio-code"))).actions("configs/ds_z3.json", found)
    title = "use ZeRO-2 instead of ZeRO-3 (unsafe)"
    assert title in able.keys() - unable.keys()
    edit = able[title].edit
    assert edit is not None
    steps = edit.document_changes or ()
    assert [type(step) for step in steps] == [types.CreateFile, types.TextDocumentEdit, types.TextDocumentEdit]
    assert uri == plain.uri("train.py")


@session
async def test_pulled_diagnostics_in_utf8(start: Start) -> None:
    editor = await start(capabilities=PULL)
    assert editor.offers.position_encoding == types.PositionEncodingKind.Utf8
    assert isinstance(editor.offers.diagnostic_provider, types.DiagnosticOptions)
    assert editor.offers.diagnostic_provider.inter_file_dependencies is True
    assert editor.offers.diagnostic_provider.workspace_diagnostics is True
    editor.open("train.py")
    report = await editor.pull("train.py")
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    line = FILES["train.py"].splitlines()[2]
    assert report.items[0].range.start == types.Position(2, len(line[: line.index('"auto"')].encode()))
    again = await editor.pull("train.py", report.result_id)
    assert isinstance(again, types.RelatedUnchangedDocumentDiagnosticReport)
    assert again.result_id == report.result_id

    # the answer after an edit takes the edit in, and the editor is told that other files have changed
    editor.open("configs/ds_z3.json")
    editor.change("configs/ds_z3.json", (STAGE, "0"))
    report = await editor.pull("train.py")
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    assert "QP203" not in {each.code for each in report.items}
    await editor.until(lambda: editor.client.diagnostic_refresh_count > 0)
    assert not editor.client.diagnostics
    editor.change("configs/ds_z3.json", (STAGE, "3"))
    whole = await editor.client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
    (item,) = whole.items
    assert isinstance(item, types.WorkspaceFullDocumentDiagnosticReport)
    assert (item.uri, item.items[0].code, item.version) == (editor.uri("train.py"), "QP203", 1)
    assert item.result_id is not None
    known = types.WorkspaceDiagnosticParams([types.PreviousResultId(item.uri, item.result_id)])
    (same,) = (await editor.client.workspace_diagnostic_async(known)).items
    assert isinstance(same, types.WorkspaceUnchangedDocumentDiagnosticReport)


@session
async def test_a_request_that_is_taken_back(start: Start) -> None:
    editor = await start(capabilities=PULL)
    method, params = types.WORKSPACE_DIAGNOSTIC, types.WorkspaceDiagnosticParams([])
    sent = editor.client.protocol.send_request_async(method, params, msg_id="taken back")  # type: ignore[no-untyped-call]
    asked = asyncio.ensure_future(sent)
    await asyncio.sleep(0)  # sent, and the first check is not over
    editor.client.cancel_request(types.CancelParams("taken back"))
    with pytest.raises(JsonRpcRequestCancelled):
        await asked
    assert isinstance(await editor.pull("train.py"), types.RelatedFullDocumentDiagnosticReport)  # the next is answered


@session
async def test_what_is_pushed_is_what_the_format_prints(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--output-format lsp`, but that a server works the fixes out when they are asked for."""
    from click.testing import CliRunner

    from qp_lint.cli import cli

    editor = await start({"broken.yaml": "do_train: [\nstage: sft\nfinetuning_type: lora\n"})
    await editor.wait("train.py", "QP203")
    monkeypatch.chdir(editor.root)
    printed = json.loads(CliRunner().invoke(cli, ["--no-cache", "-q", "--output-format", "lsp"]).stdout)
    for each in (found for params in printed for found in params["diagnostics"] if "data" in found):
        assert each["data"].pop("fixes")
    sent: list[dict[str, Any]] = [
        {"uri": uri, "diagnostics": editor.client.protocol._converter.unstructure(found)}
        for uri, found in editor.client.diagnostics.items()
    ]
    for each in (found for params in sent for found in params["diagnostics"] if "data" in found):
        each["data"].pop("fixes")
    assert sorted(sent, key=lambda params: str(params["uri"])) == sorted(printed, key=lambda params: str(params["uri"]))


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
