"""`python -m benchmarks write-statements`: what mutations ask of PostgreSQL, beside another version of Portico.

    python -m benchmarks write-statements --beside FOLDER

For each mutation: its statements, the pages of tables and indexes that PostgreSQL reads for them, and the processor
time that PostgreSQL takes. Each version fills a database of its own with the same data, and runs the mutations by this
script with the code of its checkout, in turns, over one connection without a server.
"""

import asyncio
import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import embedded
from app.data_folder import default_data_dir
from app.database.pools import create_write_engine
from app.demo import large
from app.demo.example_users import PASSWORD
from app.demo.large_users import Role
from authz.policy import load
from benchmarks.servers import PORTICO
from benchmarks.writes import create_database
from models import Audience, AuditKind, new_id
from resolvers.access.account_access import AccountAccess
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.callers.load_actor import load_email_as_actor
from resolvers.identity.hashing import new_token, token_hash
from resolvers.identity.sessions import sign_in
from resolvers.mutations.data_protection.erase_user import ErasureOrder, erase_user
from resolvers.mutations.users.create import NewUser, create_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.mutations.webhooks.configure import create_webhook, remove_webhook
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

SEED: Final = 1
WARM_UP: Final = 6
"""PostgreSQL plans a statement anew the first five times."""

POLICY: Final = Path(__file__).parents[1] / "policies.polar"

_SESSION: Final = text(
    "INSERT INTO sessions (id, tenant_id, user_id, token_hash, expires_at)"
    " VALUES (:id, :tenant, :user, :hash, now() + interval '2 hours')"
)
_ACCOUNTS: Final = text("SELECT id FROM contract_accounts WHERE organization_id = :organization ORDER BY id LIMIT 2")
_ERASABLE: Final = text(
    "SELECT id FROM users WHERE organization_id <> :organization AND password_hash IS NOT NULL"
    " AND removed_at IS NULL AND NOT all_contract_accounts ORDER BY id LIMIT :number"
)
_VERSION: Final = text("SELECT version FROM users WHERE id = :id")
_PROCESS: Final = text("SELECT pg_backend_pid()")
_PAGES: Final = text("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
_COUNT_NOW: Final = text("SELECT pg_stat_force_next_flush()")

_HOOK: Final = "https://hooks.example.com/"
_VISITOR: Final = Caller(address="192.0.2.1")

Ready = Callable[[], Awaitable[object]]

Figures = dict[str, dict[str, float]]
"""For each mutation, the figures by name."""


@dataclass
class Mutations:
    """The mutations, by an admin of one organization without limits, over one connection. Each method returns one that
    is ready to be measured."""

    context: MutationContext
    admin: Caller
    accounts: tuple[UUID, ...]
    erasable: list[UUID]
    user: UUID | None = None
    webhook: UUID | None = None
    updates: int = 0

    @classmethod
    async def prepare(cls, url: str, number: int) -> "Mutations":
        """Start a session of the admin, and find so many users to erase."""
        engine = create_write_engine(url, max_connections=1)
        async with engine.begin() as connection:
            actor = await load_email_as_actor(connection, large.viewer_email(Role.ADMIN, SEED, 0))
            assert actor is not None
            token = new_token(actor.tenant_id)
            values = {"tenant": actor.tenant_id, "user": actor.id, "hash": token_hash(token)}
            await connection.execute(_SESSION, {"id": new_id(), **values})
            own = {"organization": actor.organization_id}
            accounts = tuple((await connection.execute(_ACCOUNTS, own)).scalars())
            erasable = list((await connection.execute(_ERASABLE, {**own, "number": number})).scalars())
        context = MutationContext(engine, load(POLICY), bytes(32), "portico.example")
        return cls(context, Caller(actor, SessionToken.of(token.encode()), "req_1", "192.0.2.1"), accounts, erasable)

    async def sign_in(self) -> Ready:
        """With a password."""
        return partial(sign_in, self.context, _VISITOR, large.viewer_email(Role.MEMBER, SEED, 0), PASSWORD)

    async def create_user(self) -> Ready:
        """With two contract accounts."""
        access = AccountAccess(Audience.ORGANIZATION, contract_accounts=self.accounts)
        user = NewUser(f"{new_id()}@writes.example", "Kim", "Lee", access)

        async def create() -> None:
            self.user = await run_in_transaction(self.context, self.admin, lambda work: create_user(work, user))

        return create

    async def update_user(self) -> Ready:
        """The user who was created last gets another name, and other contract accounts."""
        self.updates += 1
        async with self.context.engine.connect() as connection:
            version = (await connection.execute(_VERSION, {"id": self.user})).scalar_one()
        accounts: Any = {"contract_accounts": self.accounts[: 2 - self.updates % 2]}
        change = UserChange(version, {"first_name": f"Kim {self.updates}"}, accounts)
        return partial(run_in_transaction, self.context, self.admin, lambda work: update_user(work, self.user, change))

    async def create_webhook(self) -> Ready:
        """The one before is removed: an organization may have ten."""
        assert self.admin.actor is not None
        organization, kinds = self.admin.actor.organization_id, [AuditKind.USER_CREATED]
        assert organization is not None
        if self.webhook is not None:
            await run_in_transaction(self.context, self.admin, lambda work: remove_webhook(work, self.webhook))

        async def create() -> None:
            self.webhook = (
                await run_in_transaction(
                    self.context, self.admin, lambda work: create_webhook(work, organization, _HOOK, kinds)
                )
            ).webhook_id

        return create

    async def erase_user(self) -> Ready:
        """The next user of another organization, who is also removed."""
        order = ErasureOrder(self.erasable.pop(), "benchmark", remove=True)
        return partial(run_in_transaction, self.context, Caller(address="cli"), lambda work: erase_user(work, order))

    async def nothing(self) -> Ready:
        """What it takes to count."""

        async def do_nothing() -> None: ...

        return do_nothing


MUTATIONS: Final[Mapping[str, Callable[[Mutations], Awaitable[Ready]]]] = {
    "signIn": Mutations.sign_in,
    "createUser": Mutations.create_user,
    "updateUser": Mutations.update_user,
    "createWebhook": Mutations.create_webhook,
    "user erase": Mutations.erase_user,
}


@dataclass
class Counter:
    """Counts what the only connection of an engine asks of PostgreSQL."""

    engine: AsyncEngine
    server: psutil.Process
    statements: int = 0

    @classmethod
    async def start(cls, engine: AsyncEngine) -> "Counter":
        """Begin to count."""
        async with engine.connect() as connection:
            counter = cls(engine, psutil.Process((await connection.execute(_PROCESS)).scalar_one()))

        def count(*_: object) -> None:
            counter.statements += 1

        event.listen(engine.sync_engine, "before_cursor_execute", count)
        return counter

    async def pages(self) -> int:
        """The pages that were read so far."""
        async with self.engine.connect() as connection:
            await connection.execute(_COUNT_NOW)
        async with self.engine.connect() as connection:
            return int((await connection.execute(_PAGES)).scalar_one())

    def seconds(self) -> float:
        """The processor time that PostgreSQL took so far."""
        times = self.server.cpu_times()
        return float(times.user + times.system)


async def measure(url: str, number: int) -> Figures:
    """The figures of all mutations; each is run so often."""
    mutations = await Mutations.prepare(url, number + WARM_UP)
    counter = await Counter.start(mutations.context.engine)
    counting = await _measured(mutations, Mutations.nothing, counter, number)
    figures: Figures = {}
    for name, mutation in MUTATIONS.items():
        found = await _measured(mutations, mutation, counter, number)
        figures[name] = {figure: found[figure] - counting[figure] for figure in found}
    await mutations.context.engine.dispose()
    return figures


async def _measured(
    mutations: Mutations, mutation: Callable[[Mutations], Awaitable[Ready]], counter: Counter, number: int
) -> dict[str, float]:
    for _ in range(WARM_UP):
        await (await mutation(mutations))()
    statements, pages, seconds = [], [], 0.0
    for _ in range(number):
        ready = await mutation(mutations)
        read, counter.statements, used = await counter.pages(), 0, counter.seconds()
        await ready()
        seconds += counter.seconds() - used
        statements.append(counter.statements)
        pages.append(await counter.pages() - read)
    return {"statements": median(statements), "pages": median(pages), "CPU, ms": 1000 * seconds / number}


@dataclass(frozen=True)
class Version:
    """A checkout of Portico in `folder`, and the URL of its own database."""

    folder: Path
    url: str

    def run(self, *command: str) -> str:
        """Run Python on its code. Returns what that prints."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "DATABASE_URL": self.url}
        ended = subprocess.run(
            [sys.executable, *command], cwd=self.folder, env=environment, check=True, stdout=subprocess.PIPE
        )
        return ended.stdout.decode()

    def measure(self, number: int) -> Figures:
        """Measure it, in a process of its own."""
        figures: Figures = json.loads(self.run(str(Path(__file__).absolute()), self.url, str(number)))
        return figures


def table(figures: Mapping[str, list[Figures]]) -> Table:
    """The medians of the rounds, and the ratios of the first version to the second one, if there are two."""
    result = Table("mutation", "figure", *figures, *(["ratio"] if len(figures) > 1 else []))
    for mutation in MUTATIONS:
        for figure in figures["portico"][0][mutation]:
            values = [median(each[mutation][figure] for each in rounds) for rounds in figures.values()]
            ratio = [f"{values[0] / values[1]:.2f}" if values[1] else "–"] if len(values) > 1 else []
            result.add_row(mutation, figure, *(f"{value:.1f}" for value in values), *ratio)
    return result


def main(arguments: list[str]) -> None:
    """Count what mutations ask of PostgreSQL, beside another version; print the table."""
    parser = ArgumentParser(prog="python -m benchmarks write-statements", description=main.__doc__)
    parser.add_argument("--beside", type=Path, help="the folder of another checkout to measure in the same rounds")
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds (default 3)")
    parser.add_argument("--mutations", type=int, default=40, help="how often each is run in a round (default 40)")
    parser.add_argument("--organizations", type=int, default=16, help="size of the data set (default 16)")
    options = parser.parse_args(arguments)
    folders = {"portico": Path(__file__).parents[1]} | ({"beside": options.beside} if options.beside else {})
    figures: dict[str, list[Figures]] = {name: [] for name in folders}
    with embedded.running(default_data_dir() / "benchmarks-writes") as url:
        versions = {}
        for name, folder in folders.items():
            version = Version(folder.absolute(), asyncio.run(create_database(url, f"statements_{name}")))
            version.run(
                *PORTICO.command[:2], "demo", "--organizations", str(options.organizations), "--seed", str(SEED)
            )
            versions[name] = version
        for number in range(options.rounds):
            for name in sorted(versions, reverse=bool(number % 2)):
                figures[name].append(versions[name].measure(options.mutations))
    Console().print(table(figures))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], int(sys.argv[2])))))
