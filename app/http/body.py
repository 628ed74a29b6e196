"""Reads the body of a request, up to a maximum size."""

from starlette.requests import ClientDisconnect
from starlette.types import Receive


class BodyTooLarge(Exception):
    """The body has more bytes than the endpoint accepts."""


async def read_body(receive: Receive, max_bytes: int) -> bytes:
    """Returns the whole body. Raises BodyTooLarge over `max_bytes`, and starlette's ClientDisconnect if the client
    disconnects before the body is complete."""
    body = bytearray()  # grows in place: a body may arrive byte by byte
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body") or b""
        if len(body) > max_bytes:
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)
