"""Builds the requests as bytes, and compares one response to each."""

import http.client
import json
import socket
from collections.abc import Mapping

from benchmarks.pages import PAGES
from benchmarks.servers import CEILING, Contender
from benchmarks.world import Viewer

Pages = Mapping[str, tuple[str, dict[str, int]]]
"""Document and variables, by name."""


class AnswersDiffer(Exception):
    """The contenders' responses differ."""


def request(contender: Contender, page: str, viewer: Viewer, pages: Pages = PAGES) -> bytes:
    """The HTTP/1.1 request for one of `pages`: the same for all contenders, except that the ceiling serves them by
    path."""
    document, variables = pages[page]
    body = json.dumps({"query": document, "variables": variables}).encode()
    path = f"/{viewer.name}/{page}" if contender is CEILING else "/graphql"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    return f"{head}Authorization: Bearer {viewer.token}\r\n\r\n".encode() + body


def fetch_answer(port: int, contender: Contender, page: str, viewer: Viewer, pages: Pages = PAGES) -> bytes:
    """The body of the response. Raises AnswersDiffer if it isn't complete and free of errors."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request(contender, page, viewer, pages))
        response = http.client.HTTPResponse(connection)
        response.begin()
        content = response.read()
    if response.status != 200 or "errors" in json.loads(content):
        raise AnswersDiffer(f"{contender.name} responds to {page} with {response.status} {content[:1000]!r}")
    return content


def check_same_data(answers: dict[str, bytes]) -> int:
    """The size of Portico's response in bytes. All contenders must return the same data, and the ceiling the same bytes
    as Portico, except for the cost, which only Portico returns.

    Raises AnswersDiffer.
    """
    portico = answers["portico"]
    data = json.loads(portico)["data"]
    for name, other in answers.items():
        if json.loads(other)["data"] != data:
            raise AnswersDiffer(f"{name} returns other data than portico:\n{first_difference(other, portico)}")
    if "ceiling" in answers and not portico.startswith(answers["ceiling"].removesuffix(b"}")):
        raise AnswersDiffer("the ceiling returns other bytes than portico")
    return len(portico)


def first_difference(left: str | bytes, right: str | bytes) -> str:
    """The parts of two JSON texts around their first difference, one per line."""
    texts = [json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False) for text in (left, right)]
    place = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    return "\n".join(text[max(0, place - 200) : place + 200] for text in texts)
