"""The proxies in front of Portico do what security asks, and refuse in the form of its errors."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.http.errors import HttpCode
from benchmarks.servers import free_port
from schema.execution.errors import QueryCode
from tests.support.http.echo_server import Echo
from tests.support.http.proxies import HOST, PROXIES, running

FORGED = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "http", "Forwarded": "for=192.0.2.66"}
STRICT = {
    "nginx": {"rate=50r/s": "rate=1r/s", "burst=200": "burst=5"},
    "haproxy": {"sc_http_req_rate(0) gt 500": "sc_http_req_rate(0) gt 5"},
}
"""The proxies that limit requests for each address by themselves, with limits that a test can reach."""


def requests_of(echo: Echo) -> list[str]:
    """The paths that have arrived, without the health checks of a proxy."""
    return [path for _, path, _ in echo.requests if path != "/readyz"]


@pytest.mark.parametrize("name", PROXIES)
async def test_a_proxy_overwrites_what_a_client_says_of_itself(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path) as (proxy, echo), proxy.client() as http:
        response = await http.post("/graphql", content=b"hello", headers=FORGED, extensions={"sni_hostname": HOST})
        assert response.text == "POST /graphql hello"
    [headers] = [
        headers for headers, (_, path, _) in zip(echo.headers, echo.requests, strict=True) if path == "/graphql"
    ]
    named = {key: [value for other, value in headers if other == key] for key, _ in headers}
    assert named[b"x-forwarded-for"] == [b"127.0.0.1"]
    assert named[b"x-forwarded-proto"] == [b"https"]
    assert named[b"host"] == [HOST.encode()]


@pytest.mark.parametrize("name", PROXIES)
async def test_a_proxy_sends_clients_from_http_to_https(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path) as (proxy, echo), httpx.AsyncClient() as http:
        response = await http.get(f"http://127.0.0.1:{proxy.http}/console/?a=b", headers={"Host": HOST})
        assert response.status_code in (301, 308)
        assert response.headers["location"].startswith(f"https://{HOST}")
        assert response.headers["location"].endswith("/console/?a=b")
    assert requests_of(echo) == []


@pytest.mark.parametrize("name", STRICT)
async def test_a_proxy_limits_the_requests_of_an_address(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path, STRICT[name]) as (proxy, echo), proxy.client() as http:
        statuses = [(await http.get("/healthz", extensions={"sni_hostname": HOST})).status_code for _ in range(40)]
    assert set(statuses) == {200, 429}
    assert len(requests_of(echo)) == statuses.count(200)


async def refusal(http: httpx.AsyncClient, status: int, **request: Any) -> tuple[str, str | None]:
    """The code and the header `Retry-After` of a refusal in the form of Portico's errors."""
    response = await http.post("/graphql", extensions={"sni_hostname": HOST}, **request)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    [error] = response.json()["errors"]
    assert error["message"]
    return HttpCode(error["extensions"]["code"]), response.headers.get("retry-after")


@pytest.mark.parametrize("name", STRICT)
async def test_too_many_requests_get_the_error_of_portico(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path, STRICT[name]) as (proxy, _), proxy.client() as http:
        for _ in range(40):
            response = await http.get("/healthz", extensions={"sni_hostname": HOST})
        assert response.status_code == 429
        assert response.headers["content-type"] == "application/json"
        assert response.headers["retry-after"] == "1"
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == [QueryCode.THROTTLED]


@pytest.mark.parametrize("name", ["nginx", "caddy"])
async def test_a_body_that_is_too_large_gets_the_error_of_portico(name: str, tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    async with running(name, tmp_path) as (proxy, _), proxy.client() as http:
        for content in (b"x" * 2_000_000, body()):
            assert await refusal(http, 413, content=content) == (HttpCode.BODY_TOO_LARGE, None)


@pytest.mark.parametrize("name", PROXIES)
async def test_a_server_that_is_away_gets_the_error_of_portico(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path, upstream=free_port()) as (proxy, _), proxy.client() as http:
        assert await refusal(http, 503, content=b"{}") == (HttpCode.UNAVAILABLE, "1")


PATIENCE = {
    "nginx": {"proxy_read_timeout 90s": "proxy_read_timeout 1s"},
    "haproxy": {"timeout server 90s": "timeout server 1s"},
    "caddy": {"response_header_timeout 90s": "response_header_timeout 1s"},
}
"""Proxies that wait for a response no longer than a test may."""


@pytest.mark.parametrize("name", PROXIES)
async def test_a_server_that_does_not_answer_gets_the_error_of_portico(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path, PATIENCE[name]) as (proxy, echo), proxy.client() as http:

        async def hang(scope: Scope) -> None:
            if scope["path"] == "/graphql":
                await asyncio.sleep(60)

        echo.before = hang
        assert await refusal(http, 504, content=b"{}") == (HttpCode.TIMED_OUT, None)


@pytest.mark.parametrize("name", PROXIES)
async def test_the_errors_of_portico_pass_unchanged(name: str, tmp_path: Path) -> None:
    """Also those with a status for which the proxy has a response of its own."""
    answer = b'{"errors":[{"message":"m","extensions":{"code":"UNAVAILABLE","requestId":"1"}}]}'

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        status = 200 if scope["path"] == "/readyz" else int(scope["path"][1:])
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    async with running(name, tmp_path, application=refuse) as (proxy, _), proxy.client() as http:
        for status in (400, 413, 429, 502, 503, 504):
            response = await http.get(f"/{status}", extensions={"sni_hostname": HOST})
            assert (response.status_code, response.content) == (status, answer)


async def said(port: int, trust: ssl.SSLContext | None, line: str, *headers: str, body: str = "") -> tuple[int, str]:
    """The status and the body of the response to a request that no client library sends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname=trust and HOST)
    writer.write("\r\n".join([line, f"Host: {HOST}", "Connection: close", *headers, "", body]).encode())
    async with asyncio.timeout(60):
        head, _, text = (await reader.read()).decode().partition("\r\n\r\n")
    writer.transport.abort()
    assert "Server: nginx/" not in head
    return int(head.split()[1]), text


def code_of(response: tuple[int, str]) -> tuple[int, HttpCode]:
    status, text = response
    [error] = json.loads(text)["errors"]
    return status, HttpCode(error["extensions"]["code"])


async def test_whatever_nginx_refuses_gets_an_error_of_portico(tmp_path: Path) -> None:
    async with running("nginx", tmp_path) as (proxy, echo):
        for line, *headers in (
            ("POST /graphql HTTP/1.1", "Transfer-Encoding: gzip"),
            ("GET / HTTP/3.0",),
            ("GET /%zz HTTP/1.1",),
            ("POST /graphql HTTP/1.1", "Content-Length: -1"),
        ):
            assert code_of(await said(proxy.https, proxy.trust, line, *headers)) == (400, HttpCode.BAD_REQUEST)
        plain = await said(proxy.https, None, "GET / HTTP/1.1")
        assert code_of(plain) == (400, HttpCode.BAD_REQUEST)
        trace = await said(proxy.https, proxy.trust, "TRACE / HTTP/1.1")
        assert code_of(trace) == (405, HttpCode.METHOD_NOT_ALLOWED)
        own = await said(proxy.https, proxy.trust, "GET /refused/bad-request HTTP/1.1")
        assert code_of(own) == (404, HttpCode.NOT_FOUND)
    assert requests_of(echo) == []


async def test_a_body_that_caddy_cannot_read_is_the_fault_of_the_client(tmp_path: Path) -> None:
    async with running("caddy", tmp_path) as (proxy, _):
        headers = ("Content-Type: application/json", "Transfer-Encoding: chunked")
        response = await said(proxy.https, proxy.trust, "POST /graphql HTTP/1.1", *headers, body="zz\r\n\r\n")
        assert code_of(response) == (400, HttpCode.BAD_REQUEST)


async def test_a_head_that_nginx_refuses_gets_the_error_of_portico(tmp_path: Path) -> None:
    async with running("nginx", tmp_path) as (proxy, _), proxy.client() as http:
        assert await refusal(http, 431, headers={"X-Large": "x" * 20_000}) == (HttpCode.BAD_REQUEST, None)
        assert await refusal(http, 431, params={"large": "x" * 20_000}) == (HttpCode.BAD_REQUEST, None)
