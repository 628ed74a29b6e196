"""`python -m benchmarks policy`: times access queries, policy diffs and access reviews, in seconds."""

import asyncio
import json
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.data_folder import default_data_dir
from app.database.pools import create_inspection_engine, create_write_engine
from app.settings import ROOT
from authz.policy import Policy
from authz.trait_comparison.compare import compare
from benchmarks import policy_world
from benchmarks.policy_world import SHAPES, Shape
from benchmarks.world import database
from models import AccessReviewEntry, Base, ContractAccount, DeliveryAccount, Organization, Permission, Service, User
from resolvers.access_preview.what_if import AccessChanges, assume
from resolvers.callers.caller import Caller
from resolvers.mutations.access_reviews.mutations import create_access_review_by_name
from resolvers.policy_analysis import diff as policy_diff
from resolvers.policy_analysis.assumption import NOTHING
from resolvers.policy_analysis.diff_plan import Direction
from resolvers.policy_analysis.explained_actor import find_subject
from resolvers.policy_analysis.resource_lookup import find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from resolvers.policy_analysis.who_can import who_can
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork

RESULTS = Path(__file__).parent / "results" / "policy.json"
FILE = ROOT / "policies.polar"
LISTED = 20

# Edits of the policy: the old text and its replacement.
EDITS = {
    "staff see active services only": (
        'allow(_: Staff, "view", _: Service);',
        'allow(_: Staff, "view", service: Service) if service.status = "ACTIVE";',
    ),
    "billing needs SUPPORT_VIEW": (
        '    "BILLING_VIEW" in actor.permissions and\n',
        '    "BILLING_VIEW" in actor.permissions and "SUPPORT_VIEW" in actor.permissions and\n',
    ),
    "grants of accounts in EUR only": (
        "was_granted_contract_account(actor: Member, account: ContractAccount) if\n",
        'was_granted_contract_account(actor: Member, account: ContractAccount) if\n    account.currency = "EUR" and\n',
    ),
    "all accounts need SUPPORT_VIEW": (
        "has_every_contract_account(actor: Member, account: ContractAccount) if\n",
        (
            "has_every_contract_account(actor: Member, account: ContractAccount) if\n"
            '    "SUPPORT_VIEW" in actor.permissions and\n'
        ),
    ),
}

ON: tuple[tuple[type[Base], str, str], ...] = (
    (ContractAccount, "Contract account 7", "view"),
    (DeliveryAccount, "Delivery account 7", "assign"),
    (Service, "SVC-000007", "view"),
)

Figures = dict[str, dict[str, Any]]


def main(arguments: list[str]) -> None:
    """Time who-can, what-can and diff on 10,000 users and 100,000 accounts; write results/policy.json."""
    options = _options(arguments)
    console = Console()
    figures: dict[str, Figures] = {}
    with database(options.database_url, default_data_dir() / "benchmarks") as url:
        for name in options.shape:
            shape = SHAPES[name]
            database_url = asyncio.run(policy_world.load(url, shape, console))
            figures[name] = asyncio.run(_measure(database_url, console))
            asyncio.run(_time_review(database_url, figures[name]))
            console.print(_table(shape, figures[name]))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"Written to {RESULTS}")


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks policy", description=main.__doc__)
    parser.add_argument("--shape", nargs="+", choices=SHAPES, default=[*SHAPES], help="many organizations, or one")
    parser.add_argument("--database-url", help="a server on which databases can be created, instead of an embedded one")
    return parser.parse_args(arguments)


async def _measure(url: str, console: Console) -> Figures:
    text = FILE.read_text()
    policy = Policy(text, FILE.name)
    figures: Figures = {}
    engine = create_inspection_engine(url)
    try:
        async with engine.connect() as connection:
            for model, name, action in ON:
                await _timed(figures, f"who-can {action} {name}", _who_can(connection, policy, model, name, action))
            await _timed(figures, "what-can of an admin", _what_can(connection, policy))
            without = AccessChanges(lost=frozenset({Permission.SITES_SERVICES_VIEW}))
            await _timed(
                figures, "what-can, if they lacked SITES_SERVICES_VIEW", _what_can(connection, policy, without)
            )
            for name, (old, new) in EDITS.items():
                assert text.count(old) == 1, name
                console.print(f"diff: {name}", style="dim")
                edited = Policy(text.replace(old, new), FILE.name)
                await _timed(figures, f"diff: {name}", _diff(connection, policy, edited))
                await _timed(figures, f"by traits: {name}", _diff_by_traits(policy, edited))
    finally:
        await engine.dispose()
    return figures


async def _timed(figures: Figures, name: str, query: Callable[[], Awaitable[str]]) -> None:
    begin = time.perf_counter()
    answer = await query()
    figures[name] = {"seconds": round(time.perf_counter() - begin, 2), "answer": answer}


def _who_can(
    connection: AsyncConnection, policy: Policy, model: type[Base], name: str, action: str
) -> Callable[[], Awaitable[str]]:
    async def run() -> str:
        resource = (await find_resources(connection, [model], name=name))[0]
        page = await who_can(connection, policy, action, resource, first=50)
        return f"{page.total:,} users"

    return run


def _what_can(
    connection: AsyncConnection, policy: Policy, changes: AccessChanges | None = None
) -> Callable[[], Awaitable[str]]:
    async def run() -> str:
        (organization,) = await find_resources(connection, [Organization], name="Organization 1")
        email = f"user-0.{organization.id}@benchmark.example"
        (user,) = await find_resources(connection, [User], name=email)
        actor, assumed = await find_subject(connection, user.id), NOTHING
        assert actor is not None
        if changes is not None:
            actor, assumed = await assume(connection, actor, changes)
        requested = requested_actions(None, None)
        page = await what_can(connection, policy, actor.actor, requested, first=50, assumed=assumed)
        return f"{sum(count.resources for count in page.counts):,} resources and actions"

    return run


def _diff(connection: AsyncConnection, old: Policy, new: Policy) -> Callable[[], Awaitable[str]]:
    async def run() -> str:
        prepared = await policy_diff.prepare(connection, old, new)
        total = dict.fromkeys(Direction, 0)
        for action_change in prepared.changes:
            for change in await policy_diff.count_changes(connection, prepared, action_change):
                total[change.direction] += change.pairs
            async for _ in policy_diff.list_changes(connection, prepared, action_change, LISTED):
                pass
        return f"{total[Direction.GAINED]:,} gained, {total[Direction.LOST]:,} lost"

    return run


def _diff_by_traits(old: Policy, new: Policy) -> Callable[[], Awaitable[str]]:
    """Compares without the database."""

    async def run() -> str:
        verdicts = Counter(change.verdict.value for change in compare(old, new).changes)
        return ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))

    return run


async def _time_review(url: str, figures: Figures) -> None:
    """Time an access review of the first organization, in a transaction that is rolled back."""
    engine = create_write_engine(url, statement_timeout=0)
    writing = MutationContext(engine, Policy(FILE.read_text(), FILE.name), b"benchmark")

    async def run() -> str:
        async with engine.connect() as connection:
            work = UnitOfWork(connection, writing, Caller(None))
            review = await create_access_review_by_name(work, "Organization 1")
            entries = select(func.count()).where(AccessReviewEntry.review_id == review)
            count = (await work.execute(entries)).scalar_one()
            await connection.rollback()
        return f"{count:,} entries"

    try:
        await _timed(figures, "access review", run)
    finally:
        await engine.dispose()


def _table(shape: Shape, figures: Figures) -> Table:
    title = (
        f"{shape.organizations:,} x ({shape.users:,} users, {shape.accounts:,} accounts, {shape.services:,} services)"
    )
    result = Table("query", "result", title=title)
    result.add_column("seconds", justify="right")
    for name, figure in figures.items():
        result.add_row(name, figure["answer"], f"{figure['seconds']:.2f}")
    return result
