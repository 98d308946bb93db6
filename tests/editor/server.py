"""yaml-language-server, driven as an editor does: JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]
SCRIPT = "node_modules/yaml-language-server/bin/yaml-language-server"
CAPABILITIES = {
    "workspace": {"configuration": True, "workspaceFolders": True},
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
    },
}
SETTINGS = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False, "url": ""},
        "kubernetesCRDStore": {"enable": False},
    },
    "editor": {"tabSize": 2, "detectIndentation": False},
}


def command() -> list[str] | None:
    """How the server is started: `YAML_LANGUAGE_SERVER`, or what npm installed into this repository."""
    node, script = shutil.which("node"), Path(os.environ.get("YAML_LANGUAGE_SERVER", ROOT / SCRIPT))
    return [node, str(script.resolve()), "--stdio"] if node and script.exists() else None


class Server:
    """One server, for as long as the `with` lasts. Lines and columns count from 0."""

    def __init__(self, argv: list[str], folder: Path) -> None:
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.folder, self.number = folder, 0
        self.published: dict[str, list[dict[str, Any]]] = {}

    def __enter__(self) -> Self:
        root = self.folder.as_uri()
        folders = [{"uri": root, "name": "here"}]
        asked = {"processId": os.getpid(), "rootUri": root, "workspaceFolders": folders, "capabilities": CAPABILITIES}
        self.ask("initialize", asked)
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()

    def diagnostics(self, name: str, text: str) -> list[tuple[int, int, str]]:
        """Open a document; line, column and message of each diagnostic."""
        uri = (self.folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self.published:
            self._read()
        places = [(one["range"]["start"], one["message"]) for one in self.published[uri]]
        return sorted((start["line"], start["character"], message) for start, message in places)

    def completion(self, name: str, line: int, column: int) -> dict[str, str]:
        """What is offered at a place of an open document: label and text to insert."""
        answer = self._at("textDocument/completion", name, line, column) or []
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: item.get("textEdit", {}).get("newText", item.get("insertText", "")) for item in items}

    def hover(self, name: str, line: int, column: int) -> str:
        """What is shown over a place of an open document."""
        contents: str = self._at("textDocument/hover", name, line, column)["contents"]["value"]
        return contents

    def _at(self, method: str, name: str, line: int, column: int) -> Any:
        place = {"line": line, "character": column}
        return self.ask(method, {"textDocument": {"uri": (self.folder / name).as_uri()}, "position": place})

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            message = self._read()
            if message.get("id") == self.number and "method" not in message:
                return message.get("result")

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        """The next message; the server's own questions are answered, and what it publishes is kept."""
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line, "the server ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            self._send({"id": message["id"], "result": [SETTINGS.get(item.get("section")) for item in items]})
        elif message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message
