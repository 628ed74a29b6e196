"""The response to a request that never reaches the application, in the form of all other error responses."""

from http import HTTPStatus

from app.http import request_id
from app.http.errors import HttpError, http_error_response
from app.http.request_id import HEADER, accept_or_generate
from app.http.security_headers import CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD

Headers = list[tuple[bytes, bytes]]


def rejection_bytes(error: HttpError, default_headers: Headers) -> bytes:
    """Returns the whole response, which says that the connection is closed after it."""
    new_id = accept_or_generate(None)
    with request_id.within(new_id):
        response = http_error_response(error)
    headers = [
        *default_headers,
        *response.raw_headers,
        (HEADER, new_id.encode("ascii")),
        (b"x-content-type-options", b"nosniff"),
        (CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD),
        (b"connection", b"close"),
    ]
    lines = [b"HTTP/1.1 %d %b" % (error.status, HTTPStatus(error.status).phrase.encode("ascii"))]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
