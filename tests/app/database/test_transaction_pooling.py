"""A server behind a pooler in transaction mode, with few sessions: nothing is lost, and nothing leaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database.direct_connection import check_same_database
from app.database.errors import UnsuitableConnection
from app.database.pools import create_read_pool, create_write_engine
from app.demo.example_users import ACME
from app.policy.policy_file import ReloadOutcome
from app.policy.reload import request_reload
from resolvers.driver_connection import DriverConnection
from tests.support.cli import run
from tests.support.policies.narrower import NARROWER, SHIPPED
from tests.support.pooling.fake_pooler import fake_pooler
from tests.support.pooling.pgbouncer import manages_statements, pgbouncer
from tests.support.server import Client, serving

Pooler = Callable[[str], AbstractAsyncContextManager[str]]

ADA, SAM = "ada@acme.example", "sam@acme.example"
CREATE = """mutation ($i: CreateUserInput!) {
  createUser(input: $i) { user { id email } errors { code path } }
}"""
REQUEST_RESET = """mutation ($i: RequestPasswordResetInput!) { requestPasswordReset(input: $i) { errors { code } } }"""
SERVICES = "{ viewer { user { email } } services { totalCount } }"
NEED_STATEMENTS = pytest.mark.skipif(not manages_statements(), reason="PgBouncer 1.21 or later is not installed")


@pytest.fixture(params=["stand-in", pytest.param("PgBouncer", marks=NEED_STATEMENTS)])
def pooler(request: pytest.FixtureRequest) -> Pooler:
    """Opens a pooler in transaction mode with few sessions in front of a database, and yields its URL."""
    if request.param == "stand-in":
        return lambda url: fake_pooler(url, "managed")
    return lambda url: pgbouncer(
        url, "transaction", "max_prepared_statements = 200", "server_round_robin = 1", "max_db_connections = 3"
    )


@pytest.fixture
def direct_url(demo_database_url: str) -> str:
    """The database, without the pooler."""
    if "host=/" not in demo_database_url:
        pytest.skip("the poolers of these tests need the socket of the embedded PostgreSQL")
    return demo_database_url


@pytest.fixture
async def pooled_url(pooler: Pooler, direct_url: str) -> AsyncIterator[str]:
    """The database, through the pooler."""
    async with pooler(direct_url) as url:
        yield url


@pytest.fixture
async def client(pooled_url: str, direct_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    policy = tmp_path / "policies.polar"
    policy.write_text(SHIPPED)
    given = {"direct_database_url": direct_url, "policy": policy, "policy_watch": False, "mail_worker": True}
    async with serving(pooled_url, tmp_path, **given) as client:
        yield client


async def create(client: Client, token: str, email: str, **headers: str) -> list[str]:
    input_ = {"email": email, "firstName": "N", "lastName": "U", "allContractAccounts": True}
    answer = (await client.post({"query": CREATE, "variables": {"i": input_}}, token, **headers)).json()
    return [error["code"] for error in answer["data"]["createUser"]["errors"]]


async def test_everybody_reads_and_writes_at_once(client: Client, direct_url: str) -> None:
    """More connections than sessions, so these are exchanged all the time."""
    tokens = {ADA: await client.sign_in(ADA), SAM: await client.sign_in(SAM)}
    numbers = {ADA: 6, SAM: 3}

    async def use(number: int, email: str) -> None:
        for step in range(3):
            data = await client.data(SERVICES, tokens[email])
            assert data == {"viewer": {"user": {"email": email}}, "services": {"totalCount": numbers[email]}}
            key = {"Idempotency-Key": f"key-{number}-{step}"}
            for _ in range(2):
                assert await create(client, tokens[ADA], f"n{number}-{step}@new.example", **key) == []

    await asyncio.gather(*(use(number, email) for number in range(4) for email in (ADA, SAM)[number % 2 :][:1]))
    pages = [await client.http.get(path) for path in ("/healthz", "/readyz", "/activate?token=x")]
    assert [page.status_code for page in pages] == [200, 200, 410]
    connection = await asyncpg.connect(direct_url)
    try:
        count = await connection.fetchval("SELECT count(*) FROM users WHERE email LIKE '%@new.example'")
        assert count == await connection.fetchval(
            "SELECT count(*) FROM outbox_mails WHERE recipient LIKE '%@new.example'"
        )
        assert count == 12
        assert not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
        )
    finally:
        await connection.close()


async def test_mails_leave_and_policies_are_reloaded(client: Client, tmp_path: Path) -> None:
    """What listens has connections of its own."""
    token = await client.session(ADA)
    input_ = {"query": REQUEST_RESET, "variables": {"i": {"email": SAM}}}
    assert (await client.post(input_)).json()["data"]["requestPasswordReset"]["errors"] == []
    async with asyncio.timeout(60):
        while not list((tmp_path / "mail").glob("*")):
            await asyncio.sleep(0.05)
    (tmp_path / "policies.polar").write_text(NARROWER)
    async with asyncio.timeout(200), request_reload(client.backend.direct_engine) as (count, answers):
        assert count == 1
        async for answer in answers:
            assert answer.outcome is ReloadOutcome.TAKEN
            break
    assert (await client.data(SERVICES, token))["services"]["totalCount"] == 5


async def test_reads_have_their_settings_and_leave_none_behind(pooled_url: str, direct_url: str) -> None:
    names = ("transaction_read_only", "statement_timeout", "plan_cache_mode", "jit")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    show = f"SELECT concat_ws(' ', {settings})"
    async with create_read_pool(pooled_url, statement_timeout=7, shares_sessions=True) as pool:

        async def read(_number: int) -> None:
            for plan_anew in (False, True):
                mode = "force_custom_plan" if plan_anew else "force_generic_plan"
                assert await pool.fetchval(show, plan_anew=plan_anew) == f"on 7s {mode} off"
                # The driver looks this type up, and would set `jit` meanwhile.
                assert await pool.fetchval("SELECT $1::uuid[]", [], plan_anew=plan_anew) == []
                with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                    await pool.fetchval("DELETE FROM organizations RETURNING 1")

        await asyncio.gather(*map(read, range(8)))
        assert pool.sessions > 3
        pids = await asyncio.gather(*(pool.fetchval("SELECT pg_backend_pid()") for _ in range(16)))
        assert len(set(pids)) <= 3
        pooled, direct = await asyncpg.connect(pooled_url), await asyncpg.connect(direct_url)
        defaults = await direct.fetchval(show)
        assert defaults.startswith("off 0 auto ")
        assert [await pooled.fetchval(show) for _ in range(9)] == [defaults] * 9
        await pooled.close()
        await direct.close()


async def test_a_read_that_takes_too_long_or_is_cancelled_leaves_its_session_usable(pooled_url: str) -> None:
    async with create_read_pool(pooled_url, max_connections=1, statement_timeout=0.3, shares_sessions=True) as pool:
        for _ in range(2):
            with pytest.raises(asyncpg.QueryCanceledError):
                await pool.fetchval("SELECT pg_sleep(30)")
            assert await pool.fetchval("SELECT 1") == 1
            task = asyncio.create_task(pool.fetchval("SELECT pg_sleep(0.2)"))
            await asyncio.sleep(0.05)
            task.cancel()
            assert await pool.fetchval("SELECT now() - xact_start < interval '0.1 s' FROM pg_stat_activity WHERE pid = "
                                       "pg_backend_pid()")  # fmt: skip


async def test_writes_have_their_timeout_and_may_write_whatever_read_before(pooled_url: str) -> None:
    async with create_read_pool(pooled_url, shares_sessions=True) as pool:
        await asyncio.gather(*(pool.fetchval("SELECT pg_sleep(0.01)") for _ in range(6)))
    engine = create_write_engine(pooled_url, statement_timeout=0.3, shares_sessions=True)
    async with engine.begin() as connection:
        assert (await connection.execute(text("SHOW transaction_read_only"))).scalar() == "off"
        assert (await connection.execute(text("SHOW statement_timeout"))).scalar() == "300ms"
        await connection.execute(text("CREATE TABLE written (id int)"))
    with pytest.raises(DBAPIError, match="statement timeout"):
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))
    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM written"))).scalar() == 0
    await engine.dispose()


async def test_a_command_uses_the_direct_address(
    pooled_url: str,
    direct_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "services.csv"
    header = "code,name,status,contract_account,delivery_account,city,country"
    file.write_text(f"{header}\nSVC-000101,Internet access,ACTIVE,ACME South,PEAR Corp,Utrecht,NL\n")
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("DATABASE_URL", pooled_url)
    monkeypatch.setenv("PORTICO_DIRECT_DATABASE_URL", direct_url)
    for command in (["migrate"], ["import-services", ACME, str(file)]):
        assert await asyncio.to_thread(run, monkeypatch, *command) == 0
    assert "Imported 1 service." in capsys.readouterr().out


async def test_an_address_of_another_database_is_found_out(
    pooled_url: str, direct_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.direct_connection.NOTIFIED_SECONDS", 0.5)
    await check_same_database(pooled_url, direct_url)
    for wrong in (database_url, pooled_url):
        with pytest.raises(UnsuitableConnection, match="different databases, or"):
            await check_same_database(pooled_url, wrong)


async def test_a_pooler_that_does_not_manage_statements_is_refused(direct_url: str) -> None:
    async with fake_pooler(direct_url, "transaction") as url:
        async with create_read_pool(url, shares_sessions=True) as pool:
            with pytest.raises(UnsuitableConnection, match="max_prepared_statements"):
                await pool.fetchval("SELECT 1")
        engine = create_write_engine(url, shares_sessions=True)
        with pytest.raises(UnsuitableConnection, match="max_prepared_statements"):
            await engine.connect()
        await engine.dispose()


async def test_without_a_pooler_sessions_keep_their_settings(direct_url: str) -> None:
    """So that one configuration serves, wherever DATABASE_URL leads."""
    async with create_read_pool(direct_url, shares_sessions=True) as pool, pool.acquire() as connection:
        assert isinstance(connection, DriverConnection)
        assert not connection.shares_sessions
        assert await connection.fetchval("SHOW default_transaction_read_only") == "on"
