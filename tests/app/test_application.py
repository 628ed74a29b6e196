"""What every answer has in common, whatever route it comes from."""

import asyncio
import logging
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import sqlalchemy.exc
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.application import Application
from app.http import request_id
from app.http.access_log import COLLECT_SECONDS
from app.http.errors import HttpCode, HttpError, code_of
from app.logging import WithRequestId
from app.settings import Settings

pytestmark = pytest.mark.invariant("masked_errors")

SECRET = "SELECT password_hash FROM users"


async def boom(_request: Request) -> Response:
    raise RuntimeError(SECRET)


async def away(_request: Request) -> Response:
    raise ConnectionRefusedError(SECRET)


async def refused(_request: Request) -> Response:
    raise HttpError(415, HttpCode.UNSUPPORTED_MEDIA_TYPE, "Send JSON.", argument="Content-Type")


async def hello(_request: Request) -> Response:
    return PlainTextResponse(request_id.current())


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    routes = [Route("/boom", boom), Route("/away", away), Route("/refused", refused), Route("/hello/{name}", hello)]
    application = Application(Settings(base_url="https://portico.example"), routes, lifespan=None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://test") as opened:
        yield opened


async def test_an_unforeseen_failure_tells_its_id_and_nothing_else(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/boom", headers={"X-Request-Id": "call-17"})
    assert answer.status_code == 500
    assert answer.json() == {
        "errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL", "requestId": "call-17"}}]
    }
    assert "Traceback" not in answer.text
    assert SECRET in caplog.text


async def test_a_database_that_is_away_is_503_and_says_when_to_come_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/away")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": answer.headers["x-request-id"]}
    assert SECRET not in answer.text


async def test_a_refusal_names_the_argument(client: httpx.AsyncClient) -> None:
    answer = await client.get("/refused")
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"]["argument"] == "Content-Type"


async def test_no_such_address_and_no_such_method_are_coded(client: httpx.AsyncClient) -> None:
    nowhere, wrong = await client.get("/nowhere"), await client.delete("/hello/you")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json()["errors"][0]["extensions"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["allow"]


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd8448eb211c80319c", "web-1:req_2.3"])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/hello/you", headers={"X-Request-Id": given})
    assert answer.text == answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "-", "two words", "x" * 65, "<script>", "a\tb", "é"])
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/hello/you", headers=[(b"X-Request-Id", given.encode())])
    made = answer.headers["x-request-id"]
    assert answer.text == made != given
    assert len(made) == 16


async def test_every_answer_is_closed_to_foreign_pages(client: httpx.AsyncClient) -> None:
    for path in ("/hello/you", "/boom", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"] == "max-age=31536000"


async def test_the_access_log_has_the_path_but_never_the_query_string(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "portico.access")
    await client.get("/hello/a%0Ab?token=secret-token")
    await asyncio.sleep(2 * COLLECT_SECONDS)
    [line] = [record.getMessage() for record in caplog.records if record.name == "portico.access"]
    assert line.startswith("GET /hello/a%0Ab 200 16 B ")
    assert "secret-token" not in caplog.text


def test_log_lines_carry_the_request_id_of_their_request() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "message", None, None)
    WithRequestId().filter(record)
    assert record.__dict__["request_id"] == "-"


def test_which_failures_mean_that_the_database_is_away() -> None:
    wrapped = sqlalchemy.exc.OperationalError("SELECT 1", None, Exception("gone"), connection_invalidated=True)
    assert code_of(wrapped) is HttpCode.UNAVAILABLE
    assert code_of(asyncpg.CannotConnectNowError("starting up")) is HttpCode.UNAVAILABLE
    assert code_of(asyncpg.exceptions.InterfaceError("connection is closed")) is HttpCode.UNAVAILABLE
    assert code_of(asyncpg.exceptions.InternalClientError("cannot switch to state 12")) is HttpCode.UNAVAILABLE
    assert code_of(asyncpg.InvalidPasswordError("no")) is HttpCode.UNAVAILABLE
    assert code_of(TimeoutError()) is HttpCode.UNAVAILABLE
    assert code_of(asyncpg.QueryCanceledError("statement timeout")) is HttpCode.TIMED_OUT
    assert code_of(asyncpg.FeatureNotSupportedError("complex joins")) is HttpCode.UNSUPPORTED
    unplanned = asyncpg.InternalServerError("plan should not reference subplan's variable")
    assert code_of(unplanned) is HttpCode.UNSUPPORTED
    assert code_of(asyncpg.InternalServerError("out of order")) is HttpCode.INTERNAL
    assert code_of(asyncpg.UndefinedTableError("no table")) is HttpCode.INTERNAL
    assert code_of(ValueError("x")) is HttpCode.INTERNAL
