"""Reads the body of a request, up to a maximum size."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive


class BodyTooLarge(Exception):
    """The body has more bytes than the endpoint accepts."""


async def read_body(receive: Receive, max_bytes: int) -> bytes:
    """Returns the whole body. Raises BodyTooLarge over `max_bytes`, and starlette's ClientDisconnect if the client
    disconnects before the body is complete."""
    body, more = bytearray(), True  # grows in place: a body may arrive byte by byte
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part, more = message.get("body", b""), message.get("more_body", False)
        if len(body) + len(part) > max_bytes:
            raise BodyTooLarge
        if not body and not more:
            return bytes(part)
        body += part
    return bytes(body)
