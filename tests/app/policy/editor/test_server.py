"""The language server as an editor sees it: a process that writes messages of the protocol, and nothing else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.policies.small_policies import policy_with

URI = "file:///policies/small%20one.polar"
RULES = """allow(actor: Member, "view", service: Service) if
    # Ünïcode and 🦊 before it
    service.organization_id = actor.organization_id and known(actor, service);

known(actor: Member, service: Service) if
    "ORDERS_VIEW" in actor.permissions and
    grant in service.contract_account.grants and
    grant.user_id = actor.id;
"""
SMALL = policy_with(RULES)
IDLE = 'assign_audience(actor: Member, "DELIVERY") if manages_users(actor) and actor.all_contract_accounts;\n'
SECONDS = 60


class Editor:
    """A client of a server in a process of its own. Everything on the server's standard output must be a message."""

    def __init__(self) -> None:
        command = [sys.executable, "-c", "from app.cli import main; main()", "policy", "language-server"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.answers: Queue[Any] = Queue()
        self.findings: Queue[Any] = Queue()
        self.rest = b""
        self._ids = count(1)
        self._versions = count(1)
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        self.capabilities = self.ask("initialize", processId=None, rootUri=None, capabilities={})["capabilities"]
        self.tell("initialized")

    def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        while line := output.readline():
            if not line.startswith(b"Content-Length: "):
                self.rest += line
                continue
            while output.readline().strip():
                pass
            message = json.loads(output.read(int(line.split()[1])))
            if "id" in message and "method" not in message:
                self.answers.put(message)
            elif message["method"] == "textDocument/publishDiagnostics":
                self.findings.put(message["params"])

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(content), content))
        self.process.stdin.flush()

    def tell(self, method: str, **parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def ask(self, method: str, **parameters: Any) -> Any:
        self._send({"id": next(self._ids), "method": method, "params": parameters})
        answer = self.answers.get(timeout=SECONDS)
        assert "error" not in answer
        return answer["result"]

    def open(self, text: str) -> None:
        document = {"uri": URI, "languageId": "polar", "version": next(self._versions), "text": text}
        self.tell("textDocument/didOpen", textDocument=document)

    def change(self, text: str) -> None:
        document = {"uri": URI, "version": next(self._versions)}
        self.tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": text}])

    def save(self) -> None:
        self.tell("textDocument/didSave", textDocument={"uri": URI})

    def at(self, method: str, text: str, words: str, behind: int = 0) -> Any:
        """Ask about the place of the first `words` in the text, or some characters behind."""
        before = text[: text.index(words) + behind]
        character = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
        position = {"line": before.count("\n"), "character": character}
        return self.ask(f"textDocument/{method}", textDocument={"uri": URI}, position=position)

    def found(self) -> list[Any]:
        """The next findings that are published."""
        diagnostics: list[Any] = self.findings.get(timeout=SECONDS)["diagnostics"]
        return diagnostics

    def end(self) -> int:
        self.ask("shutdown")
        self.tell("exit")
        code = self.process.wait(SECONDS)
        self._thread.join(SECONDS)
        return code


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    started = Editor()
    with started.process:
        try:
            yield started
        finally:
            started.process.kill()


def test_findings_while_one_writes_and_after_a_save(editor: Editor) -> None:
    editor.open(SMALL)
    assert editor.found() == []
    mistyped = SMALL.replace("service.organization_id", "service.organisation_id", 1)
    editor.change(mistyped)
    [finding] = editor.found()
    assert finding["range"]["start"] == {"line": 2, "character": 4}
    assert finding["range"]["end"]["line"] == 2
    assert finding["message"] == "Service has no organisation_id. Did you mean organization_id?"
    assert (finding["severity"], finding["source"]) == (1, "portico")
    for _ in range(20):
        editor.change(mistyped)
    editor.change(SMALL + IDLE)
    assert editor.found() == [], "what is typed quickly is read once"
    editor.save()
    assert editor.found() == [], "the linter finds nothing"
    warnings = editor.found()
    assert {warning["severity"] for warning in warnings} == {2}
    assert warnings[-1]["message"].startswith("The rule on line 18 already allows everything that this rule allows.")
    with pytest.raises(Empty):
        editor.findings.get(timeout=0.5)
    editor.change(SMALL)
    assert editor.found() == []
    editor.change(SMALL + IDLE)
    assert editor.found() == warnings, "the same text has the same findings"


def test_hover_definition_and_completion(editor: Editor) -> None:
    editor.change(SMALL)
    editor.found()
    assert editor.capabilities["hoverProvider"]
    shown = editor.at("hover", SMALL, "known(actor, service)", 2)["contents"]["value"]
    assert "**known**, line 5" in shown
    assert 'some contract_account.grants (user_id = actor.id), if "ORDERS_VIEW" in actor.permissions' in shown
    assert "FROM services AS this" in shown
    assert editor.at("hover", SMALL, "organization_id = actor") is None
    [place] = editor.at("definition", SMALL, "known(actor, service)")
    start = {"line": 4, "character": 0}
    assert (place["uri"], place["range"]) == (URI, {"start": start, "end": {"line": 4, "character": 5}})
    typed = SMALL + '\n\nallow(client: Client, "view", user: User) if\n    grant in user.contract_grants and grant.'
    editor.change(typed)
    labels = [item["label"] for item in editor.at("completion", typed, "and grant.", 10)["items"]]
    assert {"user_id", "contract_account", "organization_id"} <= set(labels)


def test_formatting(editor: Editor) -> None:
    editor.change("b( _:Staff )  ;")
    options = {"tabSize": 4, "insertSpaces": True}
    [edit] = editor.ask("textDocument/formatting", textDocument={"uri": URI}, options=options)
    assert edit["newText"] == "b(_: Staff);\n"
    editor.change("b( _:Staff ")
    assert editor.ask("textDocument/formatting", textDocument={"uri": URI}, options=options) is None


def test_at_the_end_nothing_but_messages_was_written(editor: Editor) -> None:
    assert (editor.end(), editor.rest) == (0, b"")
