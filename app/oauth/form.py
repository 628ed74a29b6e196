"""The parameters of a request to an OAuth endpoint, strictly as RFC 6749 has them (sections 2.3.1, 3.2 and B)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.oauth.errors import bad_request

LARGEST: Final = 16_384
MOST: Final = 20
TYPE: Final = "application/x-www-form-urlencoded"


async def form_of(request: Request) -> Mapping[str, str]:
    """The parameters in the body of a POST, each once; those without a value are left out. Raises OAuthError
    (`invalid_request`), and starlette's ClientDisconnect where the body never ends."""
    if request.method != "POST":
        raise bad_request("Use POST.", 405, allow="POST")
    if request.scope["query_string"]:
        raise bad_request("Send parameters in the body, and none in the address.")
    media_type, _, charset = request.headers.get("content-type", "").lower().partition(";")
    if media_type.strip() != TYPE or charset.strip().replace('"', "") not in ("", "charset=utf-8"):
        raise bad_request(f"Send {TYPE}.")
    return parsed(await body_of(request))


async def body_of(request: Request) -> bytes:
    """The body. Raises OAuthError where it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise bad_request(f"The body is larger than {LARGEST} bytes.", 413)
    return body


def parsed(body: bytes) -> Mapping[str, str]:
    """The parameters in a body. Raises OAuthError for one that is not percent-encoded UTF-8, holds U+0000, or has a
    parameter twice."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST)
    except (UnicodeError, ValueError):
        raise bad_request(f"The body is not percent-encoded UTF-8, or has more than {MOST} parameters.") from None
    if b"%00" in body or b"\0" in body:
        raise bad_request("Parameters must not hold U+0000.")
    if len(dict(pairs)) < len(pairs):
        raise bad_request("A parameter is there more than once.")
    return {name: value for name, value in pairs if value}


def required(form: Mapping[str, str], name: str) -> str:
    """The value of a parameter that must be there. Raises OAuthError."""
    if name not in form:
        raise bad_request(f"The parameter {name} is missing.")
    return form[name]
