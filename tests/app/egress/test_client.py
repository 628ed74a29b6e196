"""Requests to addresses that people type in: nothing but a public server is ever connected to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass

import pytest

from app.egress import client as client_module
from app.egress.client import EgressClient, EgressSettings
from app.egress.errors import EgressError
from models import EgressFailure
from tests.support.http.name_server import NameServer, name_server
from tests.support.http.scripted_server import Received, ScriptedServer, scripted_server, trusting
from tests.support.http.stand_in_network import StandInNetwork
from tests.support.http.tunnel import tunnel

pytestmark = pytest.mark.invariant("webhooks")

NAME = "hooks.example.com"
PUBLIC, OTHER, PUBLIC_6 = "93.184.216.34", "93.184.216.35", "2606:4700::1111"


@dataclass
class Surroundings:
    """A client, the name server that it asks, and the server that stands at the address PUBLIC."""

    client: EgressClient
    names: NameServer
    server: ScriptedServer
    network: StandInNetwork

    async def failure(self, url: str = f"https://{NAME}/in") -> EgressFailure:
        with pytest.raises(EgressError) as raised:
            await self.client.send("POST", url, body=b"x")
        assert str(raised.value) == raised.value.failure.value
        return raised.value.failure


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with name_server() as names, scripted_server(NAME) as server:
        network = StandInNetwork({PUBLIC: server.port})
        names.answers["A"] = [[PUBLIC]]
        client = EgressClient(EgressSettings(), resolver=names.resolver(), network=network, tls=trusting())
        yield Surroundings(client, names, server, network)


async def test_a_request_and_its_response(around: Surroundings) -> None:
    around.server.respond = lambda _: b"HTTP/1.1 200 OK\r\nX-Kind: Test\r\nContent-Length: 2\r\n\r\nhi"
    response = await around.client.send("POST", f"https://{NAME}/in?a=b", {"Webhook-Id": "msg_1"}, b"{}")
    assert (response.status, response.headers["x-kind"], response.body) == (200, "Test", b"hi")
    [received] = around.server.received
    assert received.line == "POST /in?a=b HTTP/1.1"
    assert received.headers["host"] == NAME
    assert received.headers["webhook-id"] == "msg_1"
    assert (received.body, received.server_name) == (b"{}", NAME)


async def test_a_name_is_resolved_once_and_its_first_answer_counts(around: Surroundings) -> None:
    around.names.answers["A"] = [[PUBLIC], ["127.0.0.1"]]
    await around.client.send("POST", f"https://{NAME}/in")
    assert around.network.asked == [PUBLIC]
    assert sorted(around.names.questions) == [(f"{NAME}.", "A"), (f"{NAME}.", "AAAA")]
    # The second request asks again, and gets the other answer.
    assert await around.failure() == EgressFailure.NO_PUBLIC_ADDRESS
    assert around.network.asked == [PUBLIC]


@pytest.mark.parametrize(
    ("ipv4", "ipv6"),
    [
        (["127.0.0.1"], []),
        (["169.254.169.254"], []),
        ([PUBLIC, "10.0.0.1"], []),
        ([PUBLIC], ["::1"]),
        ([PUBLIC], ["::ffff:10.0.0.1"]),
        ([], ["64:ff9b::a00:1"]),
        ([], ["fd00::1"]),
        ([], []),
        ([f"93.184.217.{number}" for number in range(65)], []),
    ],
)
async def test_a_name_with_any_other_address_is_refused(around: Surroundings, ipv4: list[str], ipv6: list[str]) -> None:
    around.names.answers = {"A": [ipv4], "AAAA": [ipv6]}
    assert await around.failure() == EgressFailure.NO_PUBLIC_ADDRESS
    assert around.network.asked == []


async def test_a_name_server_that_does_not_answer_ends_the_request(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.egress.resolver.RESOLVE_SECONDS", 0.2)
    around.names.answers = {"A": [None], "AAAA": [None]}
    assert await around.failure() == EgressFailure.NO_PUBLIC_ADDRESS


async def test_the_next_address_is_tried_if_one_refuses(around: Surroundings) -> None:
    around.names.answers = {"A": [[OTHER, PUBLIC]], "AAAA": [[PUBLIC_6]]}
    assert (await around.client.send("POST", f"https://{NAME}/in")).status == 204
    assert set(around.network.asked) <= {OTHER, PUBLIC}


async def test_a_redirect_is_not_followed(around: Surroundings) -> None:
    around.server.respond = lambda _: b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    assert (await around.client.send("POST", f"https://{NAME}/in")).status == 302
    assert (around.network.asked, len(around.server.received)) == ([PUBLIC], 1)


async def test_a_certificate_of_another_name_is_refused(around: Surroundings) -> None:
    assert await around.failure("https://other.example.com/in") == EgressFailure.TLS_FAILED
    assert around.server.received == []


async def test_an_unknown_authority_is_refused(around: Surroundings) -> None:
    client = EgressClient(EgressSettings(), resolver=around.names.resolver(), network=around.network)
    with pytest.raises(EgressError, match="TLS_FAILED"):
        await client.send("POST", f"https://{NAME}/in")
    assert around.server.received == []


def _never(_: Received) -> Awaitable[bytes]:
    async def wait() -> bytes:
        await asyncio.Event().wait()
        return b""

    return wait()


async def test_a_server_that_never_answers_ends_the_request(around: Surroundings) -> None:
    around.server.respond = _never
    with pytest.raises(EgressError, match="TIMED_OUT"):
        await around.client.send("POST", f"https://{NAME}/in", seconds=0.5)


HUGE = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 400_000


@pytest.mark.parametrize(
    ("response", "failure"),
    [
        (HUGE, EgressFailure.RESPONSE_TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, EgressFailure.RESPONSE_INVALID),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n", EgressFailure.RESPONSE_INVALID),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", EgressFailure.RESPONSE_INVALID),
        (b"", EgressFailure.RESPONSE_INVALID),
    ],
)
async def test_a_response_that_cannot_be_used(around: Surroundings, response: bytes, failure: EgressFailure) -> None:
    around.server.respond = lambda _: response
    assert await around.failure() == failure


async def test_a_body_that_nobody_needs_is_not_read(around: Surroundings) -> None:
    around.server.respond = lambda _: HUGE
    response = await around.client.send("POST", f"https://{NAME}/in", max_bytes=0)
    assert (response.status, response.body) == (200, b"")


async def test_a_refused_connection(around: Surroundings) -> None:
    around.names.answers["A"] = [[OTHER]]
    assert await around.failure() == EgressFailure.CONNECTION_FAILED


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "nonsense"])
async def test_a_url_that_is_not_allowed_asks_nobody(around: Surroundings, url: str) -> None:
    assert await around.failure(url) == EgressFailure.URL_REFUSED
    assert (around.names.questions, around.network.asked) == ([], [])


async def test_only_so_many_requests_run_at_a_time(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_REQUESTS", 1)
    client = EgressClient(EgressSettings(), resolver=around.names.resolver(), network=around.network, tls=trusting())
    around.server.respond = _never
    first = asyncio.create_task(client.send("POST", f"https://{NAME}/in"))
    while not around.server.received:
        await asyncio.sleep(0.01)
    with pytest.raises(EgressError, match="BUSY"):
        await client.send("POST", f"https://{NAME}/in")
    first.cancel()
    await asyncio.wait([first])
    around.server.respond = lambda _: b"HTTP/1.1 204 No Content\r\n\r\n"
    assert (await client.send("POST", f"https://{NAME}/in")).status == 204


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_this_machine_without_tls_if_the_setting_allows_it(host: str) -> None:
    async with scripted_server() as server, name_server() as names:
        client = EgressClient(EgressSettings(allows_loopback=True), resolver=names.resolver())
        assert (await client.send("GET", f"http://{host}:{server.port}/x")).status == 204
        assert names.questions == []
        assert server.received[0].headers["host"] == f"{host}:{server.port}"
        refusing = EgressClient(EgressSettings(), resolver=names.resolver())
        with pytest.raises(EgressError, match="URL_REFUSED"):
            await refusing.send("GET", f"http://{host}:{server.port}/x")
        assert len(server.received) == 1


async def test_through_a_proxy_which_resolves_the_name(around: Surroundings) -> None:
    async with scripted_server() as proxy:
        settings = EgressSettings(f"http://me:pass%3Aword@127.0.0.1:{proxy.port}")
        proxy.respond = lambda _: b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        client = EgressClient(settings, resolver=around.names.resolver(), tls=trusting())
        with pytest.raises(EgressError, match="PROXY_REFUSED"):
            await client.send("POST", f"https://{NAME}/in")
        [request] = proxy.received
        assert request.line == f"CONNECT {NAME}:443 HTTP/1.1"
        assert request.headers["proxy-authorization"] == "Basic bWU6cGFzczp3b3Jk"
        assert around.names.questions == []
    assert "pass" not in repr(settings)


async def test_the_proxy_leads_to_the_server_and_sees_nothing_of_the_request(around: Surroundings) -> None:
    async with tunnel(around.server.port) as (port, seen):
        client = EgressClient(EgressSettings(f"http://127.0.0.1:{port}"), tls=trusting())
        assert (await client.send("POST", f"https://{NAME}/in", body=b"geheim")).status == 204
    assert around.server.received[0].body == b"geheim"
    assert f"CONNECT {NAME}:443".encode() in seen
    assert b"geheim" not in seen
