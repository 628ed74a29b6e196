"""Reads a GraphQL operation from an HTTP request (GraphQL over HTTP, "Request").

Every error has a message, a code, and the argument at fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from app.http.body import BodyTooLarge, read_body
from app.http.errors import HttpCode, HttpError
from app.http.media_type import has_media_type
from app.http.request_id import header
from app.http.strict_json import InvalidJson, decode
from resolvers.trusted_documents import digest_of, parse_document_id

_MEMBERS = {"query": str, "documentId": str, "operationName": str, "variables": dict, "extensions": dict}
_TYPES = {str: "a string", dict: "an object"}


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The operation that a client requests.

    `document_id` is the id of a registered document, if the client sent that instead of the text; `text` is then empty.
    """

    text: str
    name: str | None
    variables: Mapping[str, Any]
    document_id: str | None = None


async def read_json_body(scope: Scope, receive: Receive, max_bytes: int) -> bytes:
    """Returns the body of a POST, which must be declared as JSON. Raises HttpError (415; 413 over `max_bytes`), and
    starlette's ClientDisconnect."""
    require_json(scope)
    declared = header(scope, b"content-length")
    try:
        if declared is not None and declared.isdigit() and int(declared) > max_bytes:
            raise BodyTooLarge
        return await read_body(receive, max_bytes)
    except BodyTooLarge:
        message = f"The body is larger than {max_bytes:,} bytes."
        raise HttpError(413, HttpCode.BODY_TOO_LARGE, message) from None


def require_json(scope: Scope) -> None:
    """Raises HttpError (415) unless the body is declared as uncompressed JSON. Nothing is decompressed, so no
    small body becomes a large one. The type also keeps foreign pages out: a browser sends it across origins only after
    a preflight request, which fails unless a setting allows the origin (`app/http/cors.py`)."""
    if not has_media_type(header(scope, b"content-type"), b"application/json"):
        message = "Send application/json in UTF-8."
        raise HttpError(415, HttpCode.UNSUPPORTED_MEDIA_TYPE, message, argument="Content-Type")
    coding = header(scope, b"content-encoding")
    if coding is not None and coding.strip().lower() not in (b"", b"identity"):
        raise HttpError(
            415,
            HttpCode.UNSUPPORTED_MEDIA_TYPE,
            "Send the body uncompressed and without any other content encoding.",
            argument="Content-Encoding",
            headers={"accept-encoding": "identity"},
        )


def from_body(body: bytes) -> GraphQLRequest:
    """Returns the operation in a JSON body. Raises HttpError (400) if there is none."""
    try:
        content = decode(body)
    except InvalidJson as error:
        raise bad_request(f"The body is not JSON: {error}.") from None
    if isinstance(content, list):
        raise bad_request("The body is a list. Batches are not supported: send one operation per request.")
    if not isinstance(content, dict):
        raise bad_request("The body must be a JSON object with the member query or documentId.")
    if b"\\u0000" in body:
        reject_nul(content)
    return from_members(content)


def from_query_string(query_string: bytes) -> GraphQLRequest:
    """Returns the operation in the query string of a GET. Raises HttpError (400) if there is none."""
    try:
        parameters = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=20, strict_parsing=False)
    except (UnicodeError, ValueError):
        raise bad_request("The query string is not percent-encoded UTF-8.") from None
    members: dict[str, Any] = dict(parameters)
    if len(members) < len(parameters):
        repeated = next(name for name in members if [other for other, _ in parameters].count(name) > 1)
        raise bad_request("The query string has a parameter twice.", repeated.replace("\0", ""))
    for name in ("variables", "extensions"):
        if name in members:
            try:
                members[name] = decode(members[name])
            except InvalidJson as error:
                raise bad_request(f"{name} is not JSON: {error}.", name) from None
    reject_nul(members)
    return from_members(members)


def from_members(members: Mapping[str, Any]) -> GraphQLRequest:
    """Returns the operation in a decoded object, after checking the types of its members."""
    for name, expected in _MEMBERS.items():
        if not isinstance(members.get(name), expected | None):
            raise bad_request(f"{name} must be {_TYPES[expected]}.", name)
    text, document_id = members.get("query") or "", document_id_of(members)
    if document_id is None and (not text or text.isspace()):
        raise bad_request("There is no query.", "query")
    if document_id is not None and text:
        if parse_document_id(document_id) != digest_of(text):
            raise bad_request("The id of the document is not the SHA-256 of query.", "query")
        document_id = None
    return GraphQLRequest(text, members.get("operationName") or None, members.get("variables") or {}, document_id)


def document_id_of(members: Mapping[str, Any]) -> str | None:
    """Returns the id of the requested document, if any: `documentId` (GraphQL over HTTP, "Persisted Documents"), or the
    hash in `extensions.persistedQuery` that clients of Apollo send."""
    document_id: str | None = members.get("documentId")
    if document_id is not None:
        return document_id
    persisted = (members.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str):
        raise bad_request("extensions.persistedQuery must be an object with the string sha256Hash.", "extensions")
    return digest


def reject_nul(members: Mapping[str, Any]) -> None:
    """Raises HttpError (400) naming a place in `members` that contains U+0000, which PostgreSQL cannot store."""
    # An explicit stack: JSON may be nested more deeply than Python calls.
    waiting: list[tuple[str, Any]] = [("", members)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{path}.{key}", key) for key in value)
            waiting.extend((f"{path}.{key}", member) for key, member in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{path}.{index}", item) for index, item in enumerate(value))
        elif isinstance(value, str) and "\0" in value:
            argument = path.removeprefix(".").removeprefix("variables.").replace("\0", "") or "variables"
            raise bad_request("Text must not contain U+0000.", argument)


def bad_request(message: str, argument: str | None = None) -> HttpError:
    """An error of status 400."""
    return HttpError(400, HttpCode.BAD_REQUEST, message, argument=argument)
