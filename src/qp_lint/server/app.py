"""The server itself: what the Language Server Protocol asks for, answered from `Folder`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import converters, types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from qp_lint import __version__
from qp_lint.discover import Kind, kind_of, root_of
from qp_lint.report.places import file_uri
from qp_lint.server import actions, hover, links
from qp_lint.server.folder import Folder, Known
from qp_lint.server.positions import offset_of, range_of
from qp_lint.text import Source

if TYPE_CHECKING:
    from qp_lint.fix.edits import Edit

QUIET, IDLE = 0.04, 0.8  # seconds without an edit before the runs of a file, and before the whole folder, are checked
SECTION = "qp-lint"
FIX_ALL = "source.fixAll.qp-lint"
WATCHED = "**/*"


class Read(NamedTuple):
    """A file that is asked about: its folder, the newest check, its project path and its text."""

    folder: Folder
    known: Known
    path: str
    source: Source


class Server(LanguageServer):
    """A language server with its open folders."""

    def __init__(self) -> None:
        super().__init__(SECTION, __version__)
        self.folders: dict[Path, Folder] = {}
        self.settings: Mapping[str, Any] = {}
        self.pulls = self.refreshes = False
        self.uris: dict[str, str] = {}  # how the editor spells the URI of an open file, by path
        self.sent: dict[str, list[dict[str, Any]]] = {}  # what was published last, by path
        self.told = ""
        self.timers: dict[Path, asyncio.Task[None]] = {}
        self.checking = ThreadPoolExecutor(1)
        self.converter = converters.get_converter()

    def buffers(self, root: Path) -> dict[str, str]:
        """The texts of open files below a folder, by path."""
        texts = {}
        for document in list(self.workspace.text_documents.values()):
            path = to_fs_path(document.uri) or ""
            if path.startswith(os.path.join(root, "")) and kind_of(path, document.source) is not Kind.OTHER:
                texts[path] = document.source
        return texts

    def open_folder(self, root: Path) -> Folder:
        """Take a folder in."""
        if root not in self.folders:
            encoding = str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))
            self.folders[root] = Folder(root, lambda: self.buffers(root), self.settings, encoding)
        return self.folders[root]

    def folder_of(self, uri: str, *, open_it: bool = False) -> Folder | None:
        """The innermost folder that holds a file; `open_it`: of a file that lies in none, that of its project."""
        path = to_fs_path(uri)
        if not path or not uri.startswith("file:"):
            return None
        around = [folder for folder in self.folders.values() if folder.holds(path)]
        if around:
            return max(around, key=lambda folder: len(str(folder.root)))
        return self.open_folder(root_of([Path(path)])) if open_it else None

    async def fresh(self, folder: Folder, *, whole: bool = False) -> Known | None:
        """What is known of a folder once everything that was edited is taken in."""
        await asyncio.get_running_loop().run_in_executor(self.checking, folder.update, whole)
        return folder.known

    def edited(self, uri: str, *, near: bool = True) -> None:
        """Check again after an edit."""
        folder = self.folder_of(uri)
        path = to_fs_path(uri)
        if folder is None or not path:
            return
        if near:
            folder.changed.append(path)
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

    def publish(self, folder: Folder) -> None:
        """Send what has changed, or ask the editor to fetch it."""
        if folder.problem and folder.problem != self.told:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"qp-lint: {folder.problem}"))
        self.told = folder.problem
        before = {path: found for path, found in self.sent.items() if self.folder_of(file_uri(path)) in (folder, None)}
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
        """The URI of a file as the editor spells it."""
        return self.uris.get(path) or file_uri(path)

    def revision(self, path: str) -> int | None:
        """The version of an open file."""
        document = self.workspace.text_documents.get(self.uri(path))
        return document.version if document is not None else None

    async def read(self, uri: str) -> Read | None:
        """A file with the newest check of its folder; None for a file that is not read."""
        folder = self.folder_of(uri)
        known = await self.fresh(folder) if folder is not None else None
        if folder is None or known is None:
            return None
        project = known.result.project
        path = project.relative(to_fs_path(uri) or "")
        source = project.source(path) if path in project.files else None
        return Read(folder, known, path, source) if source is not None else None

    def edit(self, source: Source, edits: Sequence[Edit], encoding: str) -> types.WorkspaceEdit:
        """Edits of one file."""
        path = os.path.abspath(source.path)
        document = types.OptionalVersionedTextDocumentIdentifier(self.uri(path), self.revision(path))
        changes: list[Any] = [types.TextEdit(range_of(edit.span, encoding), edit.text) for edit in edits]
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, changes)])

    def configure(self, settings: object) -> None:
        """Take the editor's settings, with or without their section around them."""
        given = settings.get(SECTION, settings) if isinstance(settings, dict) else {}
        self.settings = given if isinstance(given, dict) else {}
        for folder in self.folders.values():
            folder.settings = self.settings
            self.follow(folder)


def result_id(found: list[dict[str, Any]]) -> str:
    """Names what is shown of a file, so that it need not be sent twice."""
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]


def create() -> Server:
    """A server with all it answers."""
    server = Server()
    for register in (_lifecycle, _documents, _pulled, _questions):
        register(server)
    return server


def _lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        ours = params.capabilities
        server.pulls = ours.text_document is not None and ours.text_document.diagnostic is not None
        workspace = ours.workspace
        server.refreshes = bool(workspace and workspace.diagnostics and workspace.diagnostics.refresh_support)
        server.configure(params.initialization_options)
        uris = [folder.uri for folder in params.workspace_folders or ()] or [server.workspace.root_uri or ""]
        roots = [Path(path) for uri in uris if (path := to_fs_path(uri))]
        if roots and roots[0].is_dir():
            os.chdir(roots[0])  # messages name files from here
        for root in roots:
            server.open_folder(root)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        for folder in server.folders.values():
            server.follow(folder)
        ours = server.client_capabilities.workspace
        if ours and ours.did_change_watched_files and ours.did_change_watched_files.dynamic_registration:
            watchers = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
            files = types.Registration("qp-lint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watchers)
            server.client_register_capability(types.RegistrationParams([files]))
        if ours and ours.did_change_configuration and ours.did_change_configuration.dynamic_registration:
            section = types.Registration("qp-lint-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": SECTION})
            server.client_register_capability(types.RegistrationParams([section]))

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration(params: types.DidChangeConfigurationParams) -> None:
        ours = server.client_capabilities.workspace
        if params.settings is None and ours and ours.configuration:
            asked = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
            server.configure((await server.workspace_configuration_async(asked))[0])
        else:
            server.configure(params.settings)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for gone in params.event.removed:
            folder = server.folders.pop(Path(to_fs_path(gone.uri) or ""), None)
            if folder is not None:
                folder.interrupt()
                folder.shown = {}
                server.publish(folder)
        for new in params.event.added:
            server.follow(server.open_folder(Path(to_fs_path(new.uri) or "")))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files(params: types.DidChangeWatchedFilesParams) -> None:
        for folder in {id(found): found for each in params.changes if (found := server.folder_of(each.uri))}.values():
            server.follow(folder)

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        for timer in server.timers.values():
            timer.cancel()
        for folder in server.folders.values():
            folder.observer.cancelled = True
        server.checking.shutdown(wait=False, cancel_futures=True)


def _documents(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.uris[to_fs_path(uri) or ""] = uri
        folder = server.folder_of(uri, open_it=True)
        if folder is not None and (folder.known is None or not _as_known(folder, uri, params.text_document.text)):
            server.edited(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.edited(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.edited(params.text_document.uri, near=False)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.uris.pop(to_fs_path(params.text_document.uri) or "", None)
        server.edited(params.text_document.uri)


def _as_known(folder: Folder, uri: str, text: str) -> bool:
    """Whether a file that is opened reads as the last check read it."""
    project = folder.known.result.project if folder.known else None
    path = project.relative(to_fs_path(uri) or "") if project else ""
    source = project.source(path) if project and path in project.files else None
    return source is not None and source.text == text


def _pulled(server: Server) -> None:
    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier=SECTION)

    def report(folder: Folder, path: str, previous: str | None) -> tuple[str, list[types.Diagnostic] | None]:
        name = result_id(folder.shown.get(path, []))
        return name, None if name == previous else server.diagnostics(folder, path)

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)
    async def document(
        params: types.DocumentDiagnosticParams,
    ) -> types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport:
        folder = server.folder_of(params.text_document.uri)
        if folder is None:
            return types.RelatedFullDocumentDiagnosticReport([])
        await server.fresh(folder)
        name, found = report(folder, to_fs_path(params.text_document.uri) or "", params.previous_result_id)
        if found is None:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        return types.RelatedFullDocumentDiagnosticReport(found, result_id=name)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        previous = {to_fs_path(each.uri) or "": each.value for each in params.previous_result_ids}
        items: list[types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport] = []
        for folder in list(server.folders.values()):
            await server.fresh(folder)
            for path in sorted({*folder.shown, *(path for path in previous if folder.holds(path))}):
                name, found = report(folder, path, previous.get(path))
                uri, version = server.uri(path), server.revision(path)
                if found is None:
                    items.append(types.WorkspaceUnchangedDocumentDiagnosticReport(uri, name, version=version))
                else:
                    items.append(types.WorkspaceFullDocumentDiagnosticReport(uri, found, version=version, result_id=name))
        return types.WorkspaceDiagnosticReport(items)


def _questions(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        read = await server.read(params.text_document.uri)
        if read is None:
            return None
        folder, known, path, source = read
        found = hover.hover(known.result, path, source, offset_of(source, params.position, folder.encoding))
        if found is None:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found[1]), range_of(found[0], folder.encoding))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        folder, known, path, source = read
        offset = offset_of(source, params.position, folder.encoding)
        start = types.Range(types.Position(0, 0), types.Position(0, 0))
        return [
            types.Location(server.uri(str(known.result.project.root / target)), start)
            for span, target in links.links(known.result, path, source)
            if span.start <= offset <= span.end
        ]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def linked(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        folder, known, path, source = read
        return [
            types.DocumentLink(range_of(span, folder.encoding), target=server.uri(str(known.result.project.root / target)))
            for span, target in links.links(known.result, path, source)
        ]

    options = types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        return await asyncio.get_running_loop().run_in_executor(server.checking, _offers, server, params, read)


def _offers(server: Server, params: types.CodeActionParams, read: Read) -> list[types.CodeAction]:
    """The actions for a range of a file, of the kinds that the editor asks for."""
    folder, known, _, source = read

    def wanted(kind: str) -> bool:
        return any(kind == only or kind.startswith(f"{only}.") for only in params.context.only or (kind,))

    offers: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix):
        for finding in actions.at(known.findings, source, params.range.start.line, params.range.end.line):
            same = [each for each in params.context.diagnostics if each.code == finding.code]
            for fix in actions.fixes(known.result, finding, folder.encoding):
                edit = server.converter.structure(fix["edit"], types.WorkspaceEdit)
                safe = fix["applicability"] == "safe"
                title = fix["title"] if safe else f"{fix['title']} (unsafe)"
                offers.append(types.CodeAction(title, types.CodeActionKind.QuickFix, same or None, is_preferred=safe, edit=edit))
            hidden = actions.ignoring(known.result, finding)
            if hidden is not None:
                title = f"Ignore {finding.code} on this line"
                edit = server.edit(source, [hidden], folder.encoding)
                offers.append(types.CodeAction(title, types.CodeActionKind.QuickFix, same or None, edit=edit))
    if params.context.only and wanted(FIX_ALL):
        edits = actions.safe_edits(known.result, known.findings, source)
        if edits:
            edit = server.edit(source, edits, folder.encoding)
            offers.append(types.CodeAction("Make the safe fixes of this file", FIX_ALL, edit=edit))
    return offers


def serve() -> None:
    """Speak with an editor over standard input and output until it ends."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:  # what is closed at the end is not the process's own
        create().start_io(stdout=output)
