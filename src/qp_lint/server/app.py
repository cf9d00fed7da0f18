"""What the Language Server Protocol asks for, answered from `Server` and its folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from qp_lint.discover import Kind, kind_of
from qp_lint.requirements.files import reader_of
from qp_lint.server import actions, hover, links
from qp_lint.server.folder import Folder, key_of
from qp_lint.server.session import FIX_ALL, SECTION, WATCHED, Read, Server, result_id


def create() -> Server:
    """A server with all it answers."""
    server = Server()
    for register in (_lifecycle, _documents, _notebooks, _pulled, _questions):
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
        uris = [each.uri for each in params.changes if _counts(to_fs_path(each.uri) or "")]
        for folder in {id(found): found for uri in uris if (found := server.folder_of(uri))}.values():
            server.follow(folder)

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        for timer in server.timers.values():
            timer.cancel()
        for folder in server.folders.values():
            folder.observer.cancelled = True
        server.checking.shutdown(wait=False, cancel_futures=True)


def _counts(path: str) -> bool:
    """Whether a change on the disk may change what is found: what training writes comes often, and does not."""
    name = os.path.basename(path)
    return (
        "." not in name
        or name == ".gitignore"
        or kind_of(path, None) is not Kind.OTHER
        or reader_of(path.replace(os.sep, "/")) is not None
    )


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


def _notebooks(server: Server) -> None:
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenNotebookDocumentParams) -> None:
        server.folder_of(params.notebook_document.uri, open_it=True)
        server.edited(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeNotebookDocumentParams) -> None:
        server.edited(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveNotebookDocumentParams) -> None:
        server.edited(params.notebook_document.uri, near=False)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseNotebookDocumentParams) -> None:
        server.edited(params.notebook_document.uri)


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
        name, found = report(folder, key_of(params.text_document.uri), params.previous_result_id)
        if found is None:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        return types.RelatedFullDocumentDiagnosticReport(found, result_id=name)

    @server.feature(types.WORKSPACE_DIAGNOSTIC)
    async def workspace(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        previous = {key_of(each.uri): each.value for each in params.previous_result_ids}
        items: list[types.WorkspaceFullDocumentDiagnosticReport | types.WorkspaceUnchangedDocumentDiagnosticReport] = []
        for folder in list(server.folders.values()):
            await server.fresh(folder)
            for path in sorted({*folder.shown, *(path for path in previous if server.folder_of(server.uri(path)) is folder)}):
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
        _, known, path, source, view = read
        offset = view.offset(params.position)
        found = await server.turn(hover.hover, known.result, path, source, offset) if offset is not None else None
        if found is None:
            return None
        ours = server.client_capabilities.text_document
        forms = (ours and ours.hover and ours.hover.content_format) or ()
        kind = types.MarkupKind.PlainText if forms and types.MarkupKind.Markdown not in forms else types.MarkupKind.Markdown
        return types.Hover(types.MarkupContent(kind, found[1]), view.range(found[0]))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        _, known, path, source, view = read
        offset = view.offset(params.position)
        start = types.Range(types.Position(0, 0), types.Position(0, 0))
        return [
            types.Location(server.uri(str(known.result.project.root / target)), start)
            for span, target in links.links(known.result, path, source)
            if offset is not None and span.start <= offset <= span.end
        ]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    async def linked(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        _, known, path, source, view = read
        return [
            types.DocumentLink(place, target=server.uri(str(known.result.project.root / target)))
            for span, target in links.links(known.result, path, source)
            if (place := view.range(span)) is not None
        ]

    options = types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        read = await server.read(params.text_document.uri)
        if read is None:
            return []
        return await server.turn(_offers, server, params, read)


def _offers(server: Server, params: types.CodeActionParams, read: Read) -> list[types.CodeAction]:
    """The actions for a range of a file, of the kinds that the editor asks for."""
    folder, known, _, source, view = read
    first, last = (view.offset(position) for position in (params.range.start, params.range.end))
    if first is None or last is None:
        return []

    def wanted(kind: str) -> bool:
        return any(kind == only or kind.startswith(f"{only}.") for only in params.context.only or (kind,))

    offers: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix):
        lines = (source.position(offset).line - 1 for offset in (first, last))
        for finding in actions.at(known.findings, source, *lines):
            same = [each for each in params.context.diagnostics if each.code == finding.code]
            for fix in actions.fixes(known.result, finding, folder.encoding):
                edit = server.understood(server.converter.structure(fix["edit"], types.WorkspaceEdit))
                if edit is None:
                    continue
                safe = fix["applicability"] == "safe"
                title = fix["title"] if safe else f"{fix['title']} (unsafe)"
                offers.append(types.CodeAction(title, types.CodeActionKind.QuickFix, same or None, is_preferred=safe, edit=edit))
            hidden = actions.ignoring(known.result, finding)
            if hidden is not None:
                title = f"Ignore {finding.code} on this line"
                edit = server.edit(source, [hidden], folder.encoding)
                offers.append(types.CodeAction(title, types.CodeActionKind.QuickFix, same or None, edit=edit))
    if params.context.only and wanted(FIX_ALL) and not view.cell:  # the editor asks for each cell, and would make them twice
        edits = actions.safe_edits(known.result, known.findings, source)
        if edits:
            edit = server.edit(source, edits, folder.encoding)
            offers.append(types.CodeAction("Make the safe fixes of this file", FIX_ALL, edit=edit))
    return offers


def serve() -> None:
    """Speak with an editor over standard input and output until it ends."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output:  # what is closed at the end is not the process's own
        create().start_io(stdout=output)
