"""Of several hosts, the first suitable one is used, also if another doesn't answer at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app.database import hosts
from app.database.hosts import Host, connect, hosts_of
from tests.support.pooling.silent_proxy import SilentProxy, silent_proxy


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%2C@pg-1.internal,pg-2:5433/d", [Host("pg-1.internal", None), Host("pg-2", 5433)]),
        ("postgresql://u@[::1]:5433,10.0.0.1/d", [Host("::1", 5433), Host("10.0.0.1", None)]),
        ("postgresql://u@/d?host=/run/one,/run/other", [Host("/run/one", None), Host("/run/other", None)]),
        ("postgresql://u@/d?host=a,b&port=1,2", [Host("a", 1), Host("b", 2)]),
        ("postgresql://u@/d?host=a,b&port=7", [Host("a", 7), Host("b", 7)]),
        ("postgresql:///d", []),
    ],
)
def test_hosts_are_those_that_the_driver_would_use(url: str, expected: list[Host]) -> None:
    assert hosts_of(url) == expected


@pytest_asyncio.fixture
async def silent(shared_database_url: str) -> AsyncIterator[SilentProxy]:
    """A host that takes connections, and never says anything."""
    if "host=/" not in shared_database_url:
        pytest.skip("the hosts of these tests are sockets")
    async with silent_proxy(shared_database_url) as proxy:
        proxy.fall_silent()
        yield proxy


@pytest.fixture
def both(silent: SilentProxy, shared_database_url: str) -> str:
    """The URL of the silent host and, after it, of one that answers and is a primary."""
    return f"{silent.url},{shared_database_url.partition('host=')[2]}&target_session_attrs=primary"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def has_accepted(proxy: SilentProxy, number: int) -> bool:
    """Whether it has accepted so many connections. On a busy machine, it accepts those that their client has left."""
    return proxy.accepted == number


async def test_a_host_that_does_not_answer_keeps_nobody_from_the_next(both: str, silent: SilentProxy) -> None:
    connection = await connect(both)
    assert await connection.fetchval("SELECT 1") == 1
    await until(partial(has_accepted, silent, 1))
    await until(lambda: silent.open == 0)

    # The next connection begins with the one that was suitable.
    await (await connect(both)).close()
    assert silent.accepted == 1
    await connection.close()


async def test_the_one_that_was_suitable_is_not_the_only_one(
    both: str, silent: SilentProxy, shared_database_url: str
) -> None:
    hosts._suitable[both] = Host(str(silent.folder), None)
    connection = await connect(both)
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_without_a_condition_the_first_host_comes_first_again(both: str, silent: SilentProxy) -> None:
    url = both.removesuffix("&target_session_attrs=primary")
    await (await connect(url)).close()
    silent.speak()
    await (await connect(url)).close()
    assert silent.accepted == 2


async def test_the_driver_chooses_a_preferred_standby(
    shared_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must know all hosts: none of them is unsuitable alone."""
    given: list[str] = []

    async def note(url: str, **options: Any) -> None:
        given.append(url)
        assert "host" not in options

    monkeypatch.setattr(asyncpg, "connect", note)
    url = f"{shared_database_url},/elsewhere&target_session_attrs=prefer-standby"
    await connect(url)
    assert given == [url]


async def test_if_no_host_answers_the_time_is_said(silent: SilentProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(hosts, "HEAD_START_SECONDS", 0.1)
    for url, attempts in ((silent.url, 1), (f"{silent.url},{silent.folder}", 2)):
        before = silent.accepted
        with pytest.raises(TimeoutError, match="has not answered within 2 seconds"):
            await connect(url)
        await until(partial(has_accepted, silent, before + attempts))
        await until(lambda: silent.open == 0)


async def test_an_unsuitable_host_is_left_for_the_next_and_named_last(shared_database_url: str) -> None:
    folder = shared_database_url.partition("host=")[2]
    with pytest.raises(asyncpg.exceptions.TargetServerAttributeNotMatched):
        await connect(f"{shared_database_url},{folder}&target_session_attrs=standby")
    with pytest.raises(OSError, match="No such file"):
        await connect(f"{shared_database_url},/nowhere&target_session_attrs=standby")
