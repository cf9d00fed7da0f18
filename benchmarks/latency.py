"""Measures the language server: wall time from an edit to the diagnostics that take it in, in a workspace of 400 files.

    python benchmarks/latency.py [--edits 40] [--pause 0.1] [--only WORD]

Each row is one way of editing: characters are typed into a file, and after each one the editor asks for the diagnostics of that
file.  A server that pushes waits for `QUIET` (`server/session.py`) without an edit before it begins; that is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generate import generate
from lsprotocol import types
from pygls.lsp.client import LanguageClient

TYPED = "    warmup = compute(step, 2)\n"


@dataclass(frozen=True)
class Edits:
    """One row: a file, the line (from 0) into which is typed, and what is typed there."""

    label: str
    file: Path
    line: int
    text: str


def rows(root: Path) -> Iterator[Edits]:
    """The ways of editing that are measured."""
    scripts = sorted(root.rglob("train_*.py"), key=lambda path: path.stat().st_size)
    for label, script in (("the longest", scripts[-1]), ("a middling", scripts[len(scripts) // 2])):
        lines = script.read_text(encoding="utf-8").splitlines()
        inside = next(number for number, line in enumerate(lines) if number > len(lines) // 2 and line.startswith("    return"))
        yield Edits(f"{label} training script ({len(lines)} lines), in a function", script, inside, TYPED)
        settings = next(number for number, line in enumerate(lines) if "training = TrainingArguments(" in line)
        yield Edits(f"{label} training script, before its arguments", script, settings, TYPED)
    zero = min(root.rglob("zero_*.json"))
    yield Edits("a DeepSpeed configuration", zero, 1, '  "steps_per_print": 200,\n')
    yield Edits("a launch script", min(root.rglob("run_*.sh")), 2, "export NCCL_DEBUG=INFO\n")
    plain = min(path for path in root.rglob("*.py") if "train_" not in path.name)
    yield Edits("a Python file of no run", plain, 8, "import functools\n")


async def measured(client: LanguageClient, edits: Edits, count: int, pause: float) -> list[float]:
    """The seconds until each of `count` edits is answered, with `pause` seconds between two."""
    text, uri = edits.file.read_text(encoding="utf-8"), edits.file.as_uri()
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "any", 1, text)))
    pull = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
    await client.text_document_diagnostic_async(pull)
    line, column, times = edits.line, 0, []
    for number in range(count):
        character = edits.text[number % len(edits.text)]
        place = types.Range(types.Position(line, column), types.Position(line, column))
        change = types.TextDocumentContentChangePartial(place, character)
        line, column = (line + 1, 0) if character == "\n" else (line, column + 1)
        begin = time.perf_counter()
        document = types.VersionedTextDocumentIdentifier(number + 2, uri)
        client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))
        await client.text_document_diagnostic_async(pull)
        times.append(time.perf_counter() - begin)
        await asyncio.sleep(pause)
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    return times


async def session(root: Path, count: int, only: str, pause: float) -> None:
    """One editor: measure each row in turn."""
    client = LanguageClient("qp-lint-benchmark", "1")
    os.environ["QP_LINT_CACHE_DIR"] = str(root.parent / "cache")
    await client.start_io(sys.executable, "-m", "qp_lint", "server")
    folder = types.WorkspaceFolder(root.as_uri(), "workspace")
    capabilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
    )
    await client.initialize_async(types.InitializeParams(capabilities, root_uri=root.as_uri(), workspace_folders=[folder]))
    client.initialized(types.InitializedParams())
    begin = time.perf_counter()
    await client.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
    files = sum(path.is_file() for path in root.rglob("*"))
    print(f"{files} files, first check in {time.perf_counter() - begin:.1f} s")
    print(f"{'milliseconds from an edit to its diagnostics':62}  {'median':>6}  {'p90':>6}  {'worst':>6}")
    for row in rows(root):
        if only in row.label:
            times = sorted(1000 * each for each in await measured(client, row, count, pause))
            high = times[int(0.9 * len(times))]
            print(f"{row.label:62}  {statistics.median(times):6.0f}  {high:6.0f}  {times[-1]:6.0f}", flush=True)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call, unused-ignore]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=40, help="edits of each row (default: 40)")
    parser.add_argument("--only", default="", metavar="WORD", help="only the rows whose label contains this")
    parser.add_argument(
        "--pause", type=float, default=0.1, help="seconds between two edits; after 0.8 the whole folder is checked"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        generate(root, count=180, config_count=50, size=1_260_000, runs=67)
        asyncio.run(session(root, given.edits, given.only, given.pause))


if __name__ == "__main__":
    main()
