"""From the bytes of an HTTP request to the three things that GraphQL needs (GraphQL over HTTP, "Request").

Whatever is wrong with them is said here, in words, with a code, and with the argument that is to blame.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope

from app.http.errors import HttpCode, HttpError
from app.http.request_id import header
from app.http.strict_json import NotJson, decode
from resolvers.trusted_documents import digest_in, digest_of

_MEMBERS = {"query": str, "documentId": str, "operationName": str, "variables": dict, "extensions": dict}
_TYPES = {str: "a string", dict: "an object"}


class ClientGone(Exception):
    """The client hung up before its request was whole."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks to be run.

    `document` is the id of a registered document where its text, which is empty then, is asked for by that.
    """

    text: str
    name: str | None
    variables: Mapping[str, Any]
    document: str | None = None


async def body_of(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The body of a POST, which must be declared as JSON. Raises HttpError (415; 413 over `largest` bytes), and
    ClientGone where it never ends."""
    expect_json(scope)
    too_large = HttpError(413, HttpCode.BODY_TOO_LARGE, f"The body is larger than {largest:,} bytes.")
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > largest:
        raise too_large
    body = b""
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body") or b""
        if len(body) > largest:
            raise too_large
        if not message.get("more_body", False):
            return body


def expect_json(scope: Scope) -> None:
    """Raises HttpError (415) unless the body is declared as JSON in UTF-8, and as it is: nothing is unpacked, so no
    small body becomes a large one. The type also keeps foreign pages out: a browser sends it across origins only after
    asking, and is not allowed to unless a setting says so (`app/http/cors.py`)."""
    content_type = header(scope, b"content-type") or b""
    media_type, _, parameters = content_type.lower().partition(b";")
    charset = parameters.strip().replace(b'"', b"")
    if media_type.strip() != b"application/json" or charset not in (b"", b"charset=utf-8"):
        message = "Send application/json in UTF-8."
        raise HttpError(415, HttpCode.UNSUPPORTED_MEDIA_TYPE, message, argument="Content-Type")
    coding = header(scope, b"content-encoding")
    if coding is not None and coding.strip().lower() not in (b"", b"identity"):
        raise HttpError(
            415,
            HttpCode.UNSUPPORTED_MEDIA_TYPE,
            "Send the body as it is, neither compressed nor encoded otherwise.",
            argument="Content-Encoding",
            headers={"accept-encoding": "identity"},
        )


def from_body(body: bytes) -> GraphQLRequest:
    """The operation in a JSON body. Raises HttpError (400) where there is none."""
    try:
        content = decode(body)
    except NotJson as error:
        raise bad(f"The body is not JSON: {error}.") from None
    if isinstance(content, list):
        raise bad("The body is a list. Batches are not supported: send one operation per request.")
    if not isinstance(content, dict):
        raise bad("The body must be a JSON object with the member query or documentId.")
    if b"\\u0000" in body:
        refuse_nul(content)
    return from_members(content)


def from_query_string(query_string: bytes) -> GraphQLRequest:
    """The operation in the query string of a GET. Raises HttpError (400) where there is none."""
    try:
        given = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=20, strict_parsing=False)
    except (UnicodeError, ValueError):
        raise bad("The query string is not percent-encoded UTF-8.") from None
    members: dict[str, Any] = dict(given)
    if len(members) < len(given):
        twice = next(name for name in members if [other for other, _ in given].count(name) > 1)
        raise bad("The query string has a parameter twice.", twice.replace("\0", ""))
    for name in ("variables", "extensions"):
        if name in members:
            try:
                members[name] = decode(members[name])
            except NotJson as error:
                raise bad(f"{name} is not JSON: {error}.", name) from None
    refuse_nul(members)
    return from_members(members)


def from_members(members: Mapping[str, Any]) -> GraphQLRequest:
    """The operation in a decoded object, its members checked for their types."""
    for name, expected in _MEMBERS.items():
        if not isinstance(members.get(name), expected | None):
            raise bad(f"{name} must be {_TYPES[expected]}.", name)
    text, document = members.get("query") or "", document_in(members)
    if document is None and (not text or text.isspace()):
        raise bad("There is no query.", "query")
    if document is not None and text:
        if digest_in(document) != digest_of(text):
            raise bad("The id of the document is not the SHA-256 of query.", "query")
        document = None
    return GraphQLRequest(text, members.get("operationName") or None, members.get("variables") or {}, document)


def document_in(members: Mapping[str, Any]) -> str | None:
    """The id of a document that is asked for, if any: `documentId` (GraphQL over HTTP, "Persisted Documents"), or the
    hash in `extensions.persistedQuery` that clients of Apollo send."""
    given: str | None = members.get("documentId")
    if given is not None:
        return given
    persisted = (members.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(found, str):
        raise bad("extensions.persistedQuery must be an object with the string sha256Hash.", "extensions")
    return found


def refuse_nul(members: Mapping[str, Any]) -> None:
    """Raises HttpError (400) naming a place in `members` that holds U+0000, which PostgreSQL cannot store."""
    # A stack of its own: JSON may be nested deeper than Python calls may be.
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
            raise bad("Text must not hold U+0000.", argument)


def bad(message: str, argument: str | None = None) -> HttpError:
    """A request that can't be read: status 400."""
    return HttpError(400, HttpCode.BAD_REQUEST, message, argument=argument)
