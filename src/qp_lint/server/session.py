"""One editor and its open folders: what is checked when, and what is sent."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from lsprotocol import converters, types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from qp_lint import __version__
from qp_lint.discover import Kind, is_root, kind_of, root_of
from qp_lint.report.formats.lsp import of_file
from qp_lint.report.places import file_uri
from qp_lint.report.view import Place
from qp_lint.server.folder import Folder, Known, key_of
from qp_lint.server.notebooks import SYNC, View, in_cells, text_of
from qp_lint.server.positions import range_of
from qp_lint.text import Source

if TYPE_CHECKING:
    from qp_lint.fix.edits import Edit

T = TypeVar("T")
Change: TypeAlias = types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile
QUIET, IDLE = 0.04, 0.8  # seconds without an edit before the runs of a file, and before the whole folder, are checked
# Looking through all objects takes half a second with a large folder: what the first check made is never looked through, the
# rest is when the editor rests, and meanwhile only what is young.
GARBAGE = (10_000, 20, 1_000_000)
SECTION = "qp-lint"
FIX_ALL = "source.fixAll.qp-lint"
WATCHED = "**/*"


class Read(NamedTuple):
    """A file that is asked about: its folder, the newest check, its project path and its text."""

    folder: Folder
    known: Known
    path: str
    source: Source
    view: View


class Server(LanguageServer):
    """A language server with its open folders."""

    def __init__(self) -> None:
        super().__init__(SECTION, __version__, notebook_document_sync=SYNC)
        self.folders: dict[Path, Folder] = {}
        self.settings: Mapping[str, Any] = {}
        self.pulls = self.refreshes = False
        self.uris: dict[str, str] = {}  # how the editor spells the URI of an open file, by path
        self.sent: dict[str, list[dict[str, Any]]] = {}  # what was published last, by path
        self.told = ""
        self.timers: dict[Path, asyncio.Task[None]] = {}
        self.settled: set[Path] = set()  # folders whose first check is over
        self.checking = ThreadPoolExecutor(1)
        gc.set_threshold(*GARBAGE)
        self.converter = converters.get_converter()

    def buffers(self, root: Path) -> dict[str, str]:
        """The texts of open files below a folder, by path."""
        texts = {}
        for document in list(self.workspace.text_documents.values()):
            path = to_fs_path(document.uri) or ""
            if path.startswith(os.path.join(root, "")) and kind_of(path, document.source) is not Kind.OTHER:
                texts[path] = document.source
        for notebook in list(self.workspace.notebook_documents.values()):
            path = to_fs_path(notebook.uri) or ""
            if path.startswith(os.path.join(root, "")):
                cells = [(cell.kind, self.workspace.get_text_document(cell.document).source) for cell in notebook.cells]
                texts[path] = text_of(path, [(types.NotebookCellKind(kind), source) for kind, source in cells])
        return texts

    def document(self, place: Place) -> tuple[str, Place]:
        """The document in which a place lies, and the place as that counts it: in an open notebook that of its cell."""
        if place.cell is not None:
            path = os.path.abspath(place.path)
            for notebook in list(self.workspace.notebook_documents.values()):
                if to_fs_path(notebook.uri) == path and place.cell.number <= len(notebook.cells):
                    return notebook.cells[place.cell.number - 1].document, place.as_seen()
        return of_file(place)

    def open_folder(self, root: Path) -> Folder:
        """Take a folder in."""
        if root not in self.folders:
            encoding = str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))
            self.folders[root] = Folder(root, lambda: self.buffers(root), self.document, self.settings, encoding)
        return self.folders[root]

    def folder_of(self, uri: str, *, open_it: bool = False) -> Folder | None:
        """The innermost folder that holds a file; `open_it`: of a file that lies in none, that of its project."""
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        path = to_fs_path(notebook.uri if notebook is not None else uri)
        if not path:
            return None
        around = [folder for folder in self.folders.values() if folder.holds(path)]
        if around:
            return max(around, key=lambda folder: len(str(folder.root)))
        root = root_of([Path(path)])
        return self.open_folder(root) if open_it and is_root(root) and "site-packages" not in Path(path).parts else None

    async def fresh(self, folder: Folder, *, whole: bool = False) -> Known | None:
        """What is known of a folder once everything that was edited is taken in."""
        await self.turn(folder.update, whole)
        return folder.known

    async def turn(self, work: Callable[..., T], *arguments: object) -> T:
        """Do what reads or changes a check after what was asked for before, while messages are still taken."""
        return await asyncio.get_running_loop().run_in_executor(self.checking, work, *arguments)

    def edited(self, uri: str, *, near: bool = True) -> None:
        """Check again after an edit."""
        folder = self.folder_of(uri)
        path = to_fs_path(uri)
        if folder is None or not path:
            return
        if near:
            folder.changed.append(path)
        if folder.known is not None or folder.root not in self.timers:
            self.follow(folder)

    def follow(self, folder: Folder) -> None:
        """Check a folder when the editor rests, instead of a check that is under way or planned."""
        folder.interrupt()
        if (timer := self.timers.get(folder.root)) is not None:
            timer.cancel()
        self.timers[folder.root] = asyncio.ensure_future(self._follow(folder))

    async def _follow(self, folder: Folder) -> None:
        if folder.known is not None:
            await asyncio.sleep(QUIET)
            await self.fresh(folder)
            self.publish(folder)
            await asyncio.sleep(IDLE)
        await self.fresh(folder, whole=True)
        self.publish(folder)
        await self.turn(gc.collect if folder.root in self.settled else gc.freeze)
        self.settled.add(folder.root)
        if folder.changed:  # during the first check
            await self.fresh(folder)
            self.publish(folder)

    def publish(self, folder: Folder) -> None:
        """Send what has changed, or ask the editor to fetch it."""
        if folder.problem and folder.problem != self.told:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"qp-lint: {folder.problem}"))
        self.told = folder.problem
        before = {path: found for path, found in self.sent.items() if self.folder_of(self.uri(path)) in (folder, None)}
        differs = [path for path in before.keys() | folder.shown.keys() if before.get(path, []) != folder.shown.get(path, [])]
        for path in differs:
            self.sent[path] = folder.shown.get(path, [])
            if not self.pulls:
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(self.uri(path), self.diagnostics(folder, path), version=self.revision(path))
                )
        if differs and self.pulls and self.refreshes:
            self.workspace_diagnostic_refresh(None)

    def diagnostics(self, folder: Folder, path: str) -> list[types.Diagnostic]:
        """What is shown of a file."""
        return [self.converter.structure(each, types.Diagnostic) for each in folder.shown.get(path, [])]

    def uri(self, path: str) -> str:
        """The URI of what `folder.key_of` calls so, as the editor spells it."""
        return self.uris.get(path) or (file_uri(path) if os.path.isabs(path) else path)

    def revision(self, path: str) -> int | None:
        """The version of an open file."""
        document = self.workspace.text_documents.get(urllib.parse.unquote(self.uri(path)))
        return document.version if document is not None else None

    async def read(self, uri: str) -> Read | None:
        """A file with the newest check of its folder; None for a file that is not read."""
        folder = self.folder_of(uri)
        known = await self.fresh(folder) if folder is not None else None
        if folder is None or known is None:
            return None
        project = known.result.project
        notebook = self.workspace.get_notebook_document(cell_uri=uri)
        path = project.relative(to_fs_path(notebook.uri if notebook is not None else uri) or "")
        source = project.source(path) if path in project.files else None
        if source is None:
            return None
        cells = [cell.document for cell in notebook.cells] if notebook is not None else []
        return Read(folder, known, path, source, View(source, folder.encoding, cells.index(uri) + 1 if uri in cells else 0))

    def edit(self, source: Source, edits: Sequence[Edit], encoding: str) -> types.WorkspaceEdit | None:
        """Edits of one file."""
        document = types.OptionalVersionedTextDocumentIdentifier(file_uri(source.path))
        changes: list[Any] = [types.TextEdit(range_of(edit.span, encoding), edit.text) for edit in edits]
        return self.understood(types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, changes)]))

    def understood(self, edit: types.WorkspaceEdit) -> types.WorkspaceEdit | None:
        """An edit in the form that the editor takes; None when it makes a file and the editor does not say that it can.

        What it changes in an open notebook it changes in the cells.
        """
        workspace = self.client_capabilities.workspace
        able = (workspace and workspace.workspace_edit) or types.WorkspaceEditClientCapabilities()
        try:
            steps = [part for step in edit.document_changes or () for part in self._in_cells(step)]
        except ValueError:
            return None
        edit = types.WorkspaceEdit(document_changes=steps)
        texts = [step for step in steps if isinstance(step, types.TextDocumentEdit)]
        if len(texts) < len(steps) and types.ResourceOperationKind.Create not in (able.resource_operations or ()):
            return None
        for step in texts:
            path = key_of(step.text_document.uri)
            step.text_document = types.OptionalVersionedTextDocumentIdentifier(self.uri(path), self.revision(path))
        if able.document_changes or len(texts) < len(steps):
            return edit
        return types.WorkspaceEdit({step.text_document.uri: [*step.edits] for step in texts})  # type: ignore[list-item]

    def _in_cells(self, step: Change) -> list[Change]:
        """A step of an edit; of a notebook that is open one for each cell."""
        notebook = self.workspace.get_notebook_document(notebook_uri=_uri_of(step))
        folder = self.folder_of(notebook.uri) if notebook is not None else None
        if notebook is None or folder is None or folder.known is None or not isinstance(step, types.TextDocumentEdit):
            return [step]
        project = folder.known.result.project
        source = project.source(project.relative(to_fs_path(notebook.uri) or ""))
        return (
            [*in_cells(step, source, [cell.document for cell in notebook.cells], folder.encoding)] if source is not None else []
        )

    def configure(self, settings: object) -> None:
        """Take the editor's settings, with or without their section around them."""
        given = settings.get(SECTION, settings) if isinstance(settings, dict) else {}
        self.settings = given if isinstance(given, dict) else {}
        for folder in self.folders.values():
            folder.settings = self.settings
            self.follow(folder)


def _uri_of(step: Change) -> str:
    return step.text_document.uri if isinstance(step, types.TextDocumentEdit) else ""


def result_id(found: list[dict[str, Any]]) -> str:
    """Names what is shown of a file, so that it need not be sent twice."""
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]
