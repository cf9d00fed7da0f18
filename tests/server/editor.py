"""An editor for tests: pytest-lsp's client, with the little that a person does in one."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient
from pytest_lsp.client import make_test_lsp_client

PATIENCE = 60.0  # seconds; machines that run many tests at once are slow


class Editor:
    """One session in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.client: LanguageClient = make_test_lsp_client()
        self.versions: dict[str, int] = {}
        self.registered: list[str] = []
        self.offers = types.ServerCapabilities()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator, unused-ignore]
        def registered(params: types.RegistrationParams) -> None:
            self.registered.extend(each.method for each in params.registrations)

    async def start(self, capabilities: types.ClientCapabilities, options: object = None) -> types.ServerCapabilities:
        """Start the server and greet it."""
        env = {**os.environ, "QP_LINT_CACHE_DIR": str(self.root.parent / "cache")}
        await self.client.start_io(sys.executable, "-m", "qp_lint", "server", "--stdio", cwd=self.root, env=env)
        folders = [types.WorkspaceFolder(self.root.as_uri(), "project")]
        params = types.InitializeParams(
            capabilities, root_uri=self.root.as_uri(), workspace_folders=folders, initialization_options=options
        )
        return (await self.client.initialize_session(params)).capabilities

    async def stop(self) -> int | None:
        """End the session; gives the exit code."""
        await self.client.shutdown_session()
        server = self.client._server
        code = server.returncode if server is not None else None
        await self.client.stop()  # type: ignore[no-untyped-call, unused-ignore]
        return code

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for something to be shown."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, self.client.diagnostics
            await asyncio.sleep(0.01)

    def uri(self, name: str) -> str:
        """The URI of a file of the project."""
        return (self.root / name).as_uri()

    def document(self, name: str) -> types.TextDocumentIdentifier:
        """How requests name a file."""
        return types.TextDocumentIdentifier(self.uri(name))

    def found(self, name: str) -> list[types.Diagnostic]:
        """The diagnostics that were pushed last for a file."""
        return list(self.client.diagnostics.get(self.uri(name), ()))

    def codes(self, name: str) -> list[str]:
        """Their codes."""
        return [str(each.code) for each in self.found(name)]

    async def wait(self, name: str, *codes: str) -> list[types.Diagnostic]:
        """Wait until just these codes are shown in a file."""
        await self.until(lambda: self.codes(name) == list(codes))
        return self.found(name)

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file, as it is on the disk or with another text."""
        content = (self.root / name).read_text(encoding="utf-8") if text is None else text
        self.versions[name] = 1
        item = types.TextDocumentItem(self.uri(name), name.rpartition(".")[2], 1, content)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, *changes: tuple[tuple[int, int, int, int], str] | str) -> None:
        """Edit a file: pieces (line, character, line, character from 0) or the whole text."""
        self.versions[name] += 1
        events: list[types.TextDocumentContentChangeEvent] = []
        for change in changes:
            if isinstance(change, str):
                events.append(types.TextDocumentContentChangeWholeDocument(change))
            else:
                (line, start, last, end), text = change
                place = types.Range(types.Position(line, start), types.Position(last, end))
                events.append(types.TextDocumentContentChangePartial(place, text))
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, events))

    def close(self, name: str) -> None:
        """Close a file."""
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.document(name)))

    def configure(self, **settings: Any) -> None:
        """Change the editor's settings."""
        given = {"qp-lint": settings}
        self.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(given))

    async def hover(self, name: str, line: int, character: int) -> types.Hover | None:
        """What is said about a place."""
        position = types.Position(line, character)
        return await self.client.text_document_hover_async(types.HoverParams(self.document(name), position))

    async def definition(self, name: str, line: int, character: int) -> list[str]:
        """The URIs that a place leads to."""
        params = types.DefinitionParams(self.document(name), types.Position(line, character))
        places = await self.client.text_document_definition_async(params)
        assert isinstance(places, list)
        return [place.uri for place in places if isinstance(place, types.Location)]

    async def actions(self, name: str, found: list[types.Diagnostic], *only: str) -> dict[str, types.CodeAction]:
        """What is offered for the place of a diagnostic (for the whole file when there is none), by title."""
        everything = types.Range(types.Position(0, 0), types.Position(1000, 0))
        place = found[0].range if found else everything
        params = types.CodeActionParams(self.document(name), place, types.CodeActionContext(found, only or None))
        offers = await self.client.text_document_code_action_async(params)
        return {each.title: each for each in offers or () if isinstance(each, types.CodeAction)}

    async def pull(self, name: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
        """Ask for the diagnostics of a file."""
        params = types.DocumentDiagnosticParams(self.document(name), previous_result_id=previous)
        return await self.client.text_document_diagnostic_async(params)


def edits_of(action: types.CodeAction) -> Iterator[tuple[str, types.TextEdit]]:
    """The edits of an action with the URIs of their files, in whichever form they are."""
    assert action.edit is not None
    for uri, edits in (action.edit.changes or {}).items():
        yield from ((uri, edit) for edit in edits)
    for step in action.edit.document_changes or ():
        if isinstance(step, types.TextDocumentEdit):
            yield from ((step.text_document.uri, edit) for edit in step.edits if isinstance(edit, types.TextEdit))
