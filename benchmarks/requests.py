"""The requests that are sent, as bytes, and the one answer of each that is compared."""

import http.client
import json
import socket

from benchmarks.pages import PAGES
from benchmarks.servers import CEILING, Contender
from benchmarks.world import Viewer


class Different(Exception):
    """The contenders did not answer the same."""


def request(contender: Contender, page: str, viewer: Viewer) -> bytes:
    """The HTTP/1.1 request for a page: the same for all, but that the ceiling knows the pages by their paths."""
    document, variables = PAGES[page]
    body = json.dumps({"query": document, "variables": variables}).encode()
    path = f"/{viewer.name}/{page}" if contender is CEILING else "/graphql"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    return f"{head}Authorization: Bearer {viewer.token}\r\n\r\n".encode() + body


def answer(port: int, contender: Contender, page: str, viewer: Viewer) -> bytes:
    """The body of the answer. Raises Different where it is not a whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request(contender, page, viewer))
        response = http.client.HTTPResponse(connection)
        response.begin()
        got = response.read()
    if response.status != 200 or "errors" in json.loads(got):
        raise Different(f"{contender.name} answers {page} with {response.status} {got[:1000]!r}")
    return got


def same(answers: dict[str, bytes]) -> int:
    """The size in bytes of the answers by contender: the same data, and from Portico and the ceiling the same bytes of
    it. Portico alone says what it cost.

    Raises Different.
    """
    portico = answers["portico"]
    data = json.loads(portico)["data"]
    for name, other in answers.items():
        if json.loads(other)["data"] != data:
            raise Different(f"{name} answers otherwise than portico:\n{_first_difference(other, portico)}")
    if "ceiling" in answers and not portico.startswith(answers["ceiling"].removesuffix(b"}")):
        raise Different("the ceiling answers with other bytes than portico")
    return len(portico)


def _first_difference(left: bytes, right: bytes) -> str:
    texts = [json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False) for text in (left, right)]
    place = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    return "\n".join(text[max(0, place - 200) : place + 200] for text in texts)
