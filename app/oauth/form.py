"""Reads the form parameters of a request to an OAuth endpoint, strictly by RFC 6749 (sections 2.3.1, 3.2 and B)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from app.http.body import BodyTooLarge, read_body
from app.http.media_type import has_media_type
from app.http.request_id import header
from app.oauth.errors import bad_request

MAX_BODY_BYTES: Final = 16_384
MAX_PARAMETERS: Final = 20
TYPE: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> Mapping[str, str]:
    """Returns the parameters in the body of a POST; those without a value are left out. Raises OAuthError
    (`invalid_request`), and starlette's ClientDisconnect."""
    if request.method != "POST":
        raise bad_request("Use POST.", 405, allow="POST")
    if request.scope["query_string"]:
        raise bad_request("Send parameters in the body, not in the query string.")
    if not has_media_type(header(request.scope, b"content-type"), TYPE.encode()):
        raise bad_request(f"Send {TYPE}.")
    try:
        body = await read_body(request.receive, MAX_BODY_BYTES)
    except BodyTooLarge:
        raise bad_request(f"The body is larger than {MAX_BODY_BYTES} bytes.", 413) from None
    return parse_form(body)


def parse_form(body: bytes) -> Mapping[str, str]:
    """Returns the parameters in a body. Raises OAuthError if it is not percent-encoded UTF-8, contains U+0000, or
    repeats a parameter."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except (UnicodeError, ValueError):
        raise bad_request(
            f"The body is not percent-encoded UTF-8, or has more than {MAX_PARAMETERS} parameters."
        ) from None
    if b"%00" in body or b"\0" in body:
        raise bad_request("Parameters must not contain U+0000.")
    if len(dict(pairs)) < len(pairs):
        raise bad_request("A parameter appears more than once.")
    return {name: value for name, value in pairs if value}


def require_parameter(form: Mapping[str, str], name: str) -> str:
    """Returns the value of a required parameter. Raises OAuthError."""
    if name not in form:
        raise bad_request(f"The parameter {name} is missing.")
    return form[name]
