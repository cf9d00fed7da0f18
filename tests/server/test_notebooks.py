"""Notebooks that an editor opens as such: their cells are documents."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from lsprotocol import types
from tests.server.conftest import FILES, PLAIN, PULL, UNITS, Start
from tests.server.editor import edits_of

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")
session = pytest.mark.asyncio

CELLS = {
    "a": "# Notes",
    "b": (
        "from transformers import AutoModelForCausalLM, Trainer, TrainingArguments\n"
        "args = TrainingArguments('out', deepspeed='z.json')"
    ),
    "c": (
        "größe = '😀'; model = AutoModelForCausalLM.from_pretrained('a/b', device_map='auto')\n"
        "Trainer(model=model, args=args).train()"
    ),
}


def notebook_of(cells: dict[str, str]) -> str:
    kinds = {name: "markdown" if text.startswith("#") else "code" for name, text in cells.items()}
    return json.dumps(
        {"cells": [{"cell_type": kinds[name], "source": text.splitlines(keepends=True)} for name, text in cells.items()]}
    )


@session
@pytest.mark.parametrize("pulls", [False, True])
async def test_cells_of_a_notebook(pulls: bool, start: Start) -> None:
    files = {"n.ipynb": notebook_of(CELLS), "z.json": FILES["configs/ds_z3.json"]}
    editor = await start(files, PULL if pulls else PLAIN)
    client, uri = editor.client, editor.uri("n.ipynb")
    documents = {name: f"vscode-notebook-cell:{uri.removeprefix('file://')}#{name}" for name in CELLS}

    async def shown(document: str, code: str) -> list[types.Diagnostic]:
        """What is shown of a document once it is that code, or nothing."""
        for _ in range(200):
            found: list[types.Diagnostic] = list(client.diagnostics.get(document, ()))
            if pulls:
                asked = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(document))
                said = await client.text_document_diagnostic_async(asked)
                assert isinstance(said, types.RelatedFullDocumentDiagnosticReport)
                found = list(said.items)
            if [each.code for each in found] == code.split():
                return found
            await asyncio.sleep(0.05)
        pytest.fail(f"{document}: {found}")

    (closed,) = await shown(uri, "QP203")
    assert closed.message.startswith("cell 3, line 1: ")
    cells = [
        types.NotebookCell(types.NotebookCellKind.Markup if name == "a" else types.NotebookCellKind.Code, documents[name])
        for name in CELLS
    ]
    client.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(uri, "jupyter-notebook", 1, cells),
            [types.TextDocumentItem(documents[name], "python", 1, text) for name, text in CELLS.items()],
        )
    )
    (found,) = await shown(documents["c"], "QP203")
    await shown(uri, "")
    line = CELLS["c"].splitlines()[0]
    unit = UNITS[types.PositionEncodingKind(editor.offers.position_encoding)]
    columns = [unit(line[: line.index(part)]) for part in ("'auto'", ")")]
    assert [(at.line, at.character) for at in (found.range.start, found.range.end)] == [(0, column) for column in columns]
    assert not found.message.startswith("cell")
    assert {related.location.uri for related in found.related_information or ()} >= {documents["c"], editor.uri("z.json")}
    hover = types.HoverParams(types.TextDocumentIdentifier(documents["c"]), types.Position(0, columns[0] + 1))
    said = await client.text_document_hover_async(hover)
    assert said is not None
    assert isinstance(said.contents, types.MarkupContent)
    assert "**model.device_map** = `auto`" in said.contents.value
    assert said.range == found.range
    definition = types.DefinitionParams(types.TextDocumentIdentifier(documents["b"]), types.Position(1, 46))
    targets = await client.text_document_definition_async(definition)
    assert isinstance(targets, list)
    assert [target.uri for target in targets if isinstance(target, types.Location)] == [editor.uri("z.json")]
    asked = types.CodeActionParams(types.TextDocumentIdentifier(documents["c"]), found.range, types.CodeActionContext([found]))
    (offered, *_) = await client.text_document_code_action_async(asked) or ()
    assert isinstance(offered, types.CodeAction)
    ((document, made),) = edits_of(offered)
    assert (offered.title, document, made.new_text) == ("leave device_map out", documents["c"], "")

    def change(version: int, **changes: Any) -> None:
        given = types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(**changes))
        client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(types.VersionedNotebookDocumentIdentifier(version, uri), given)
        )

    def edit(version: int, text: str) -> None:
        whole = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(version, documents["c"])
        change(version, text_content=[types.NotebookDocumentCellContentChanges(document, [whole])])

    edit(2, CELLS["c"].replace(", device_map='auto'", ""))
    await shown(documents["c"], "")
    edit(3, CELLS["c"])
    await shown(documents["c"], "QP203")
    change(4, structure=types.NotebookDocumentCellChangeStructure(types.NotebookCellArrayChange(0, 1)))
    await shown(documents["c"], "QP203")
    client.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(uri), [types.TextDocumentIdentifier(document) for document in documents.values()]
        )
    )
    await shown(uri, "QP203")
    await shown(documents["c"], "")
