"""A small editor: starts `qp-lint server`, speaks JSON-RPC with it over its standard input and output."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

PATIENCE = 60.0  # seconds; machines that run many tests at once are slow


class Editor:
    """One session; `published` holds the diagnostics that were pushed last, by URI."""

    def __init__(self, root: Path, capabilities: Mapping[str, Any] | None = None, options: object = None) -> None:
        self.root = root
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qp_lint", "server", "--stdio"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "QP_LINT_CACHE_DIR": str(root.parent / "cache")},
        )
        self.messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.published: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []  # what the server asked for
        self.shown: list[str] = []
        self.sent = 0
        self.versions: dict[str, int] = {}
        assert self.process.stdout is not None
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()
        self.server = self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root.as_uri(),
                "workspaceFolders": [{"uri": root.as_uri(), "name": "project"}],
                "capabilities": capabilities or {},
                "initializationOptions": options,
            },
        )
        self.tell("initialized", {})

    def _listen(self, stream: IO[bytes]) -> None:
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            self.messages.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def tell(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"method": method, "params": params})

    def start(self, method: str, params: object) -> int:
        """Send a request and do not wait; gives its number."""
        self.sent += 1
        self._send({"id": self.sent, "method": method, "params": params})
        return self.sent

    def answer(self, number: int) -> dict[str, Any]:
        """The response to a request."""
        found: list[dict[str, Any]] = []

        def done(message: dict[str, Any]) -> bool:
            if message.get("id") == number and "method" not in message:
                found.append(message)
            return bool(found)

        self.until(done)
        return found[0]

    def ask(self, method: str, params: object) -> Any:
        """Send a request and wait for its result."""
        response = self.answer(self.start(method, params))
        assert "error" not in response, response
        return response["result"]

    def until(self, done: Callable[[dict[str, Any]], bool]) -> None:
        """Take messages until one is what is waited for."""
        end = time.monotonic() + PATIENCE
        while True:
            message = self.messages.get(timeout=max(end - time.monotonic(), 0.01))
            method = message.get("method")
            if method == "textDocument/publishDiagnostics":
                self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif method == "window/showMessage":
                self.shown.append(message["params"]["message"])
            elif method is not None and "id" in message:
                self.requests.append(message)
                self._send({"id": message["id"], "result": None})
            if done(message):
                return

    def uri(self, name: str) -> str:
        """The URI of a file of the project."""
        return (self.root / name).as_uri()

    def codes(self, name: str) -> list[str]:
        """The codes that were pushed last for a file."""
        return [str(each["code"]) for each in self.published.get(self.uri(name), [])]

    def wait(self, name: str, *codes: str) -> list[dict[str, Any]]:
        """Wait until just these codes are shown in a file."""
        if self.codes(name) != list(codes):
            self.until(lambda message: self.codes(name) == list(codes))
        return self.published.get(self.uri(name), [])

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file, as it is on the disk or with another text."""
        content = (self.root / name).read_text(encoding="utf-8") if text is None else text
        self.versions[name] = 1
        document = {"uri": self.uri(name), "languageId": name.rpartition(".")[2], "version": 1, "text": content}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def change(self, name: str, *changes: tuple[tuple[int, int, int, int], str] | str) -> None:
        """Edit a file: pieces (line, character, line, character from 0) or the whole text."""
        self.versions[name] += 1
        events: list[dict[str, object]] = []
        for change in changes:
            if isinstance(change, str):
                events.append({"text": change})
            else:
                (line, start, last, end), text = change
                place = {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}
                events.append({"range": place, "text": text})
        document = {"uri": self.uri(name), "version": self.versions[name]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": events})

    def at(self, method: str, name: str, line: int, character: int) -> Any:
        """Ask about a position."""
        position = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": self.uri(name)}, "position": position})

    def close(self) -> int:
        """End the session; gives the exit code."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.process.wait(PATIENCE)
