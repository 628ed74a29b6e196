"""A language server for policies, over standard input and output.

While the text changes, only the linter reads it, at most once in `DEBOUNCE` seconds. A save runs all checks, one at a
time; of the texts that are saved meanwhile, only the last one is checked.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlparse

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from app.policy.editor.completion import Kind, complete
from app.policy.editor.findings import LONGEST, check_in_background, quick_findings
from app.policy.editor.hover import hover
from app.policy.editor.rules_at import rules_at
from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic, PolicyError, Severity
from authz.language.formatter import FormatError, format_policy

DEBOUNCE: Final = 0.3
SOURCE: Final = "portico"
_SEVERITIES = {Severity.ERROR: types.DiagnosticSeverity.Error, Severity.WARNING: types.DiagnosticSeverity.Warning}
_KINDS = {
    Kind.ACTION: types.CompletionItemKind.EnumMember,
    Kind.ATTRIBUTE: types.CompletionItemKind.Field,
    Kind.KEYWORD: types.CompletionItemKind.Keyword,
    Kind.RULE: types.CompletionItemKind.Function,
    Kind.TYPE: types.CompletionItemKind.Class,
    Kind.VALUE: types.CompletionItemKind.EnumMember,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
}


@dataclass(frozen=True)
class CheckedText:
    """A text, and the findings of all checks."""

    text: str
    findings: tuple[Diagnostic, ...]


class PolicyServer:
    """The state of a server: the documents by their URIs."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._checked: dict[str, CheckedText] = {}
        self._saved: dict[str, str] = {}
        self._open: set[str] = set()
        self._checking = False

    def document(self, uri: str) -> TextDocument:
        """The document as it is in the editor."""
        return self._server.workspace.get_text_document(uri)

    def opened(self, uri: str) -> None:
        """Adds the document, and schedules its check."""
        self._open.add(uri)
        self.changed(uri)

    def changed(self, uri: str) -> None:
        """Schedules the check of the text, unless it changes again first."""
        if (waiting := self._waiting.pop(uri, None)) is not None:
            waiting.cancel()
        self._waiting[uri] = asyncio.get_running_loop().create_task(self._read_soon(uri))

    async def _read_soon(self, uri: str) -> None:
        await asyncio.sleep(DEBOUNCE)
        await self._read(uri)

    async def _read(self, uri: str) -> tuple[Diagnostic, ...]:
        document = self.document(uri)
        text, version = document.source, document.version
        findings = await asyncio.to_thread(quick_findings, text, file_of(uri))
        known = self._checked.get(uri)
        if not findings and known is not None and known.text == text:
            findings = known.findings
        if self.document(uri).version == version:
            self._publish(document, findings)
        return findings

    async def saved(self, uri: str) -> None:
        """Lints the text at once, and if there are no findings, starts all checks."""
        text = self.document(uri).source
        if not await self._read(uri):
            self._saved[uri] = text
            self._check_next()

    def closed(self, uri: str) -> None:
        """Removes the document."""
        self._open.discard(uri)
        for known in (self._checked, self._saved):
            known.pop(uri, None)
        if (waiting := self._waiting.pop(uri, None)) is not None:
            waiting.cancel()
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _check_next(self) -> None:
        if self._checking or not self._saved:
            return
        uri = next(iter(self._saved))
        text = self._saved.pop(uri)
        self._checking = True
        loop = asyncio.get_running_loop()

        def done(findings: tuple[Diagnostic, ...]) -> None:
            loop.call_soon_threadsafe(self._checks_done, uri, CheckedText(text, findings))

        check_in_background(text, path_of(uri), done)

    def _checks_done(self, uri: str, checked: CheckedText) -> None:
        self._checking = False
        if uri in self._open:
            self._checked[uri] = checked
            document = self.document(uri)
            if document.source == checked.text:
                self._publish(document, checked.findings)
        self._check_next()

    def _publish(self, document: TextDocument, findings: Sequence[Diagnostic]) -> None:
        found = [_diagnostic(document, finding) for finding in findings]
        parameters = types.PublishDiagnosticsParams(document.uri, found, document.version)
        self._server.text_document_publish_diagnostics(parameters)


def file_of(uri: str) -> str:
    """The name of the file."""
    return path_of(uri).name


def path_of(uri: str) -> Path:
    """The path of the file. An unsaved text gets a path in the current folder."""
    parsed = urlparse(uri)
    path = Path(unquote(parsed.path))
    return path if parsed.scheme == "file" and path.name else Path(path.name or "policy.polar")


def _diagnostic(document: TextDocument, finding: Diagnostic) -> types.Diagnostic:
    if finding.file not in ("", file_of(document.uri)):
        # The finding is in `policies.never`, beside this file.
        reason = f"{finding.file}:{finding.line}: {finding.reason}"
        finding = replace(finding, line=1, column=1, text="", reason=reason)
    line, column = max(finding.line - 1, 0), max(finding.column - 1, 0)
    rest = document.lines[line][column:].rstrip("\r\n") if line < len(document.lines) else ""
    length = len(finding.text) if finding.text and rest.startswith(finding.text) else len(rest)
    return types.Diagnostic(
        _range(document, (line, column), (line, column + max(length, 1))),
        f"{finding.reason} {finding.suggestion}".rstrip(),
        severity=_SEVERITIES[finding.severity],
        source=SOURCE,
    )


def _range(document: TextDocument, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
    whole = types.Range(types.Position(*start), types.Position(*end))
    return document.position_codec.range_to_client_units(document.lines, whole)


def _definition(document: TextDocument, rule: Rule) -> types.Location:
    start = rule.span.line - 1, rule.span.column - 1
    return types.Location(document.uri, _range(document, start, (start[0], start[1] + len(rule.name))))


def create_server(version: str) -> LanguageServer:
    """A server with all features; `start_io` runs it."""
    server = LanguageServer("portico-policy", version)
    policies = PolicyServer(server)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def _opened(parameters: types.DidOpenTextDocumentParams) -> None:
        policies.opened(parameters.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def _changed(parameters: types.DidChangeTextDocumentParams) -> None:
        policies.changed(parameters.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def _saved(parameters: types.DidSaveTextDocumentParams) -> None:
        await policies.saved(parameters.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def _closed(parameters: types.DidCloseTextDocumentParams) -> None:
        policies.closed(parameters.text_document.uri)

    _add_questions(server, policies)
    return server


def _add_questions(server: LanguageServer, policies: PolicyServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def _hover(parameters: types.HoverParams) -> types.Hover | None:
        text, file, offset = _place(policies, parameters)
        shown = await asyncio.to_thread(hover, text, file, offset)
        return None if shown is None else types.Hover(types.MarkupContent(types.MarkupKind.Markdown, shown))

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def _definitions(parameters: types.DefinitionParams) -> list[types.Location]:
        document = policies.document(parameters.text_document.uri)
        rules = await asyncio.to_thread(rules_at, *_place(policies, parameters))
        return [_definition(document, rule) for rule in rules]

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', ".", ":"]))
    async def _completions(parameters: types.CompletionParams) -> types.CompletionList:
        text, _, offset = _place(policies, parameters)
        words = complete(text, offset)
        items = [types.CompletionItem(word.text, kind=_KINDS[word.kind], detail=word.detail) for word in words]
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def _formatted(parameters: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        document = policies.document(parameters.text_document.uri)
        try:
            formatted = await asyncio.to_thread(format_policy, document.source, file_of(document.uri))
        except (PolicyError, FormatError):
            return None  # the findings say why
        end = types.Position(len(document.lines), 0)
        return [types.TextEdit(types.Range(types.Position(0, 0), end), formatted)]


def _place(
    policies: PolicyServer, parameters: types.HoverParams | types.DefinitionParams | types.CompletionParams
) -> tuple[str, str, int]:
    """The text, the name of the file, and the offset. A text that is too long has no place in it."""
    document = policies.document(parameters.text_document.uri)
    text = document.source if len(document.source) <= LONGEST else ""
    return text, file_of(document.uri), document.offset_at_position(parameters.position)


def serve(version: str) -> None:
    """Serve one editor until it ends the connection. Only the protocol is written to standard output."""
    output, sys.stdout = sys.stdout.buffer, sys.stderr
    create_server(version).start_io(sys.stdin.buffer, output)
