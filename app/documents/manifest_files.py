"""Files of documents that are to be trusted: GraphQL, or the JSON that tools write when they build an application.

A `.graphql` or `.gql` file is one document, to the letter. A `.json` file is an object of texts by their SHA-256, as
relay-compiler (`persistConfig`) and graphql-codegen (`persistedDocuments`) write it, or the manifest of Apollo
(`generate-persisted-query-manifest`).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resolvers.trusted_documents import NewDocument, digest_in, digest_of
from schema.execution.document import Documents
from schema.execution.errors import QueryError, QueryRejected

APOLLO = "apollo-persisted-query-manifest"


class DocumentsUnreadable(Exception):
    """Files hold what can't be registered: `findings` has a line for each thing that is wrong, with its place."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(self.findings))


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """A document in a file. `place` is the file, or where in it; `id` is what the file says that it is found by."""

    place: str
    text: str
    id: str | None = None


def read_documents(paths: Iterable[Path], documents: Documents) -> list[NewDocument]:
    """All documents in the files, each once. Raises DocumentsUnreadable with everything that is wrong in any of them,
    and OSError where one can't be read."""
    findings: list[str] = []
    read: dict[str, NewDocument] = {}
    for path in paths:
        try:
            entries = list(_found(path))
        except DocumentsUnreadable as unreadable:
            findings += unreadable.findings
            continue
        for found in entries:
            wrong, name = _checked(found, documents)
            findings += wrong
            read[found.text] = NewDocument(found.text, name)
    if findings:
        raise DocumentsUnreadable(findings)
    return list(read.values())


def _checked(found: ManifestDocument, documents: Documents) -> tuple[list[str], str]:
    """What is wrong with a document, and the names of its operations."""
    try:
        operations = documents.get(found.text).operations
    except QueryRejected as rejected:
        return [_line(found, problem) for problem in rejected.problems], ""
    wrong = []
    if found.id is not None and digest_in(found.id) != digest_of(found.text):
        message = "this is not the SHA-256 of the document; let the tool that wrote the file hash by sha256"
        wrong.append(f"{found.place}: {found.id[:80]}: {message}")
    return wrong, ", ".join(filter(None, operations))


def _line(found: ManifestDocument, problem: QueryError) -> str:
    """A problem as compilers say it: `file:line:column: …`; within JSON, the place is that in the document."""
    place = found.place
    if problem.locations:
        line, column = problem.locations[0]
        place += f":{line}:{column}" if found.id is None else f": line {line}, column {column} of {found.id[:80]}"
    return f"{place}: {problem.code}: {problem.message}"


def _found(path: Path) -> Iterator[ManifestDocument]:
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
        raise DocumentsUnreadable([f"{path}: there must be an object of documents by their SHA-256"])
    if not all(_is_text(part) for entry in entries for part in entry):
        raise DocumentsUnreadable([f"{path}: there are lone surrogates in it, which is no text"])
    return entries


def _is_text(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON can hold halves of characters."""
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
    listed = operations if isinstance(operations, list) else []
    return [(each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None) for each in listed]


def _line_of(text: str, id_: str) -> int:
    """The line in which an id stands, from 1."""
    return text.count("\n", 0, max(0, text.find(json.dumps(id_)))) + 1
