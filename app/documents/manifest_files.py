"""Reads files of trusted documents: GraphQL, or the JSON that build tools write.

A `.graphql` or `.gql` file is one document, byte for byte. A `.json` file is an object of texts by their SHA-256, as
written by relay-compiler (`persistConfig`) and graphql-codegen (`persistedDocuments`), or the manifest of Apollo
(`generate-persisted-query-manifest`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resolvers.trusted_documents import NewDocument, digest_of, parse_document_id
from schema.execution.document import Documents
from schema.execution.errors import QueryError, QueryRejected

APOLLO = "apollo-persisted-query-manifest"


class DocumentsUnreadable(Exception):
    """Files contain documents that can't be registered. `findings` has a line for each problem, with its place."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self.findings))


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """A document in a file. `place` is the file, or the line in it; `id` is the id that the file gives, if any."""

    place: str
    text: str
    id: str | None = None


def read_documents(paths: Iterable[Path], documents: Documents) -> list[NewDocument]:
    """Returns the documents in the files, without duplicates. Raises DocumentsUnreadable with the problems of all
    files, and OSError if one can't be read."""
    findings: list[str] = []
    new_documents: dict[str, NewDocument] = {}
    for path in paths:
        try:
            entries = list(_documents_in(path))
        except DocumentsUnreadable as unreadable:
            findings += unreadable.findings
            continue
        for entry in entries:
            problems, name = _check(entry, documents)
            findings += problems
            new_documents[entry.text] = NewDocument(entry.text, name)
    if findings:
        raise DocumentsUnreadable(findings)
    return list(new_documents.values())


def _check(entry: ManifestDocument, documents: Documents) -> tuple[list[str], str]:
    """Returns the problems of a document, and the names of its operations."""
    try:
        operations = documents.get(entry.text).operations
    except QueryRejected as rejected:
        return [_line(entry, problem) for problem in rejected.problems], ""
    problems = []
    if entry.id is not None and parse_document_id(entry.id) != digest_of(entry.text):
        message = "this is not the SHA-256 of the document; configure the tool that wrote the file to hash by sha256"
        problems.append(f"{entry.place}: {entry.id[:80]}: {message}")
    return problems, ", ".join(filter(None, operations))


def _line(entry: ManifestDocument, problem: QueryError) -> str:
    """Formats a problem like a compiler: `file:line:column: …`. In JSON, it also gives the place in the document."""
    place = entry.place
    if problem.locations:
        line, column = problem.locations[0]
        place += f":{line}:{column}" if entry.id is None else f": line {line}, column {column} of {entry.id[:80]}"
    return f"{place}: {problem.code}: {problem.message}"


def _documents_in(path: Path) -> Iterator[ManifestDocument]:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentsUnreadable([f"{path}: the file is not UTF-8"]) from None
    if path.suffix in (".graphql", ".gql"):
        yield ManifestDocument(str(path), text)
    elif path.suffix == ".json":
        for id_, document in _entries(path, text):
            yield ManifestDocument(f"{path}:{_line_of(text, id_)}", document, id_)
    else:
        raise DocumentsUnreadable([f"{path}: the name must end in .graphql, .gql or .json"])


def _entries(path: Path, text: str) -> list[tuple[str, str]]:
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DocumentsUnreadable([f"{path}: the file is not JSON: {error}"]) from None
    entries = list(_pairs(content))
    if not entries or not all(isinstance(part, str) for entry in entries for part in entry):
        raise DocumentsUnreadable([f"{path}: expected an object of documents by their SHA-256"])
    if not all(_is_text(part) for entry in entries for part in entry):
        raise DocumentsUnreadable([f"{path}: it contains lone surrogates, which are not valid text"])
    return entries


def _is_text(text: str) -> bool:
    """Whether it can be encoded as UTF-8: JSON can contain halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pairs(content: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(content, dict):
        return ()
    if content.get("format") != APOLLO:
        return content.items()
    operations = content.get("operations")
    items = operations if isinstance(operations, list) else []
    return [(item.get("id"), item.get("body")) if isinstance(item, dict) else (None, None) for item in items]


def _line_of(text: str, id_: str) -> int:
    """Returns the line number of an id, from 1."""
    return text.count("\n", 0, max(0, text.find(json.dumps(id_)))) + 1
