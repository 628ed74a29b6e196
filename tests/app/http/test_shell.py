"""What the shell around all routes adds; `tests/app/test_application.py` has the rest."""

import logging

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.http.access_log import AccessRecord
from app.http.shell import Shell


async def lines(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"6")]})
    await send({"type": "http.response.body", "body": b"abc", "more_body": True})
    await send({"type": "http.response.body", "body": b"def"})


async def begun(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("too late for another response")


async def policy(_scope: Scope, _receive: Receive, send: Send) -> None:
    own = (b"content-security-policy", b"default-src 'self'")
    await send({"type": "http.response.start", "status": 200, "headers": [own]})
    await send({"type": "http.response.body", "body": b""})


def shell() -> Shell:
    return Shell(lines, {"/begun": begun, "/policy": policy}, https=False)


async def request(application: Shell, method: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as client:
        return await client.request(method, path)


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    application = shell()
    got, head = await request(application, "GET", "/a"), await request(application, "HEAD", "/a")
    assert (got.text, head.text) == ("abcdef", "")
    assert got.headers["content-length"] == head.headers["content-length"] == "6"


async def test_a_response_that_has_begun_is_cut_off() -> None:
    with pytest.raises(RuntimeError):
        await request(shell(), "GET", "/begun")


async def test_an_own_content_security_policy_replaces_the_common_one() -> None:
    response = await request(shell(), "GET", "/policy")
    assert response.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_endpoints_serve_exactly_their_path() -> None:
    assert (await request(shell(), "GET", "/policy/")).text == "abcdef"


async def test_the_access_log_collects_entries_in_order(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "portico.access")
    application = shell()
    for number in range(3):
        await request(application, "GET", f"/{number}")
    await request(application, "HEAD", "/3")
    with pytest.raises(RuntimeError):
        await request(application, "GET", "/begun")
    assert not [record for record in caplog.records if isinstance(record, AccessRecord)]
    application.access_log.flush()
    [record] = [record for record in caplog.records if isinstance(record, AccessRecord)]
    logged = [(entry.method, entry.path, entry.status, entry.size) for entry in record.entries]
    expected = [("GET", "/0", 200, 6), ("GET", "/1", 200, 6), ("GET", "/2", 200, 6)]
    assert logged == [*expected, ("HEAD", "/3", 200, 0), ("GET", "/begun", 200, 0)]
    assert len({entry.request_id for entry in record.entries}) == len(logged)
