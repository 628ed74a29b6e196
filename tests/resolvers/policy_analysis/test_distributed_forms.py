"""Questions about everybody's access have the same answers in the forms for a distributed database."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_inspection_engine
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from authz.access import Access
from authz.capabilities import Question
from authz.model.actions import Capability
from authz.policy import Policy
from models import CONTRACT, DELIVERY, ContractAccount, Service, User
from resolvers.access.past_access import PastQuestion, read_access, read_resources, read_users
from resolvers.callers.load_actor import load_user_as_actor
from resolvers.policy_analysis import diff
from resolvers.policy_analysis.capabilities import who_has
from resolvers.policy_analysis.explain import explain
from resolvers.policy_analysis.explained_actor import find_client, find_subject
from resolvers.policy_analysis.resource_lookup import Resource, find_resources
from resolvers.policy_analysis.what_can import requested_actions, what_can
from resolvers.public_id import encode
from resolvers.simulations.changes import AccountClosing, Change, ServiceMove, UserLeaving
from resolvers.simulations.simulate import simulate
from resolvers.transaction.context import MutationContext
from tests.support.border.named_tenants import recorded, unsaid
from tests.support.databases import execute
from tests.support.depth import some
from tests.support.distribution.fake_citus import FAKE_CITUS
from tests.support.distribution.planned_alone import may_crash
from tests.support.paths import POLICY
from tests.support.policies.small_policies import CAPABILITY_RULES
from tests.support.resolver_fixtures import EAST, PEAR, client_of, rules

pytestmark = pytest.mark.one_server("compares the answers with those of an ordinary database")

Ask = Callable[[AsyncConnection], Awaitable[Any]]


async def answered(url: str, question: Ask) -> tuple[Any, bool]:
    """The answer on a new connection, and whether any statement redefined a table. Asserts that Citus can plan those
    that do."""
    engine = create_inspection_engine(url)
    redefined, copied = [], list[str]()

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        redefined.append(
            re.match(r"WITH (access|api|audit|contract)_\w+ AS (NOT )?MATERIALIZED", statement) is not None
        )
        if re.match(r"WITH \w+ AS MATERIALIZED", statement):
            copied.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", record)
    try:
        async with engine.connect() as connection:
            answer = await question(connection)
    finally:
        await engine.dispose()
    assert not [part for statement in copied for part in may_crash(statement)]
    return answer, any(redefined)


async def has_one_answer(url: str, question: Ask) -> None:
    """Asserts that the answer is the same once the database is distributed."""
    before = await answered(url, question)
    await execute(url, *FAKE_CITUS)
    after = await answered(url, question)
    assert before[0], "the question has an answer"
    assert after[0] == before[0]
    assert (before[1], after[1]) == (False, True)


async def found(connection: AsyncConnection, model: type[Any], name: str, organization: str | None) -> Resource:
    resources = await find_resources(connection, [model], name=name)
    return next(resource for resource in resources if resource.organization == organization)


@pytest.mark.parametrize(
    ("kind", "email"),
    [("move", "staff@portico.example"), ("close", "ada@acme.example"), ("leave", "ada@acme.example")],
)
async def test_simulations(demo_database_url: str, kind: str, email: str) -> None:
    async def question(connection: AsyncConnection) -> Any:
        moved = await found(connection, Service, "SVC-000003", "ACME Corporation")
        changes: dict[str, Change] = {
            "move": ServiceMove(moved.id, CONTRACT, EAST),
            "close": AccountClosing(DELIVERY, PEAR),
            "leave": UserLeaving(named_key("sam@acme.example")),
        }
        actor = await load_user_as_actor(connection, named_key(email))
        assert actor is not None
        assert moved.organization_id is not None
        viewer = actor, Access(rules(), actor.traits)
        simulation = await simulate(connection, viewer, changes[kind], moved.organization_id, first=100)
        return simulation.totals, simulation.changes

    await has_one_answer(demo_database_url, question)


@pytest.mark.parametrize("action", ["view", "update"])
async def test_an_explanation_across_the_border(demo_database_url: str, action: str) -> None:
    async def question(connection: AsyncConnection) -> Any:
        subject = await find_subject(connection, named_key("sam@acme.example"))
        assert subject is not None
        resource = await found(connection, User, "max@globex.example", "Globex")
        return await explain(connection, rules(), subject, action, resource)

    await has_one_answer(demo_database_url, question)


async def test_what_staff_can_do(demo_database_url: str) -> None:
    async def question(connection: AsyncConnection) -> Any:
        staff = await load_user_as_actor(connection, named_key("staff@portico.example"))
        assert staff is not None
        return await what_can(connection, rules(), staff, requested_actions(None, None), first=50)

    await has_one_answer(demo_database_url, question)


async def test_who_has_a_capability_is_counted_in_one_place(demo_database_url: str) -> None:
    """Citus refuses to join what is found in a place with a row that has no place, but a count of that place."""
    manages = Question(Capability.MANAGES_USERS)
    engine = create_inspection_engine(demo_database_url)
    with recorded(engine) as statements:
        async with engine.connect() as connection:
            page = await who_has(connection, rules(), manages, first=2, organization=named_key(ACME))
    await engine.dispose()
    assert page.total > len(page.subjects) == 2
    assert "FROM (SELECT count(*) AS total" in statements[-1]


async def test_a_client_and_its_owner_are_found_in_one_place(writing: MutationContext) -> None:
    client_id = await client_of(writing, "ada@acme.example")
    with recorded(writing.engine) as statements:
        async with writing.engine.connect() as connection:
            subject = await find_client(connection, client_id)
    assert subject is not None
    assert subject.email == "ada@acme.example"
    assert not list(unsaid(f"{statements[-1]} AND api_clients.organization_id = $2"))


@pytest.mark.parametrize(("email", "number"), [("sue@acme.example", 4), ("staff@portico.example", 0)])
async def test_what_a_user_had(demo_database_url: str, email: str, number: int) -> None:
    now = datetime.now(UTC)

    async def question(connection: AsyncConnection) -> Any:
        user = await found(connection, User, email, "ACME Corporation" if number else None)
        asked = PastQuestion(encode(User, user.id), user.organization_id, now)
        access = await read_access(connection, asked)
        assert access is not None
        had = [each async for each in read_resources(connection, asked)]
        assert len(had) == number
        return access, had

    await has_one_answer(demo_database_url, question)


@pytest.mark.parametrize(("model", "name"), [(ContractAccount, "ACME South"), (Service, "SVC-000001")])
async def test_who_had_access(demo_database_url: str, model: type[Any], name: str) -> None:
    now = datetime.now(UTC)

    async def question(connection: AsyncConnection) -> Any:
        resource = await found(connection, model, name, "ACME Corporation")
        asked = PastQuestion(encode(model, resource.id), resource.organization_id, now)
        return [tuple(row) async for row in read_users(connection, asked)]

    await has_one_answer(demo_database_url, question)


@pytest.mark.matrix
@pytest.mark.parametrize("is_new", some([True, False]))
async def test_a_diff_of_everything(demo_database_url: str, is_new: bool) -> None:
    """Some conditions of its statements are constants: of an action that was allowed to nobody, no route is left."""
    nothing = Policy(f'allow(_: Staff, "view", u: User) if u.removed and u.present;\n{CAPABILITY_RULES}', "no.polar")
    versions = (nothing, rules()) if is_new else (rules(), nothing)

    async def question(connection: AsyncConnection) -> Any:
        difference = await diff.prepare(connection, *versions)
        return [
            (
                one.model,
                one.action,
                await diff.count_changes(connection, difference, one),
                [change async for change in diff.list_changes(connection, difference, one, 1000)],
            )
            for one in difference.actions
        ]

    await has_one_answer(demo_database_url, question)


def test_a_part_that_may_crash_is_found() -> None:
    copy = "WITH a AS MATERIALIZED (SELECT * FROM accounts)"
    crashing = "SELECT id, EXISTS (SELECT 1 FROM a AS b WHERE b.id = a.id) AS e FROM a WHERE NOT coalesce(false, false)"
    assert list(may_crash(f"{copy} SELECT count(*) FROM ({crashing}) AS c"))
    assert list(may_crash(f"{copy}, c AS MATERIALIZED ({crashing}) SELECT count(*) FROM c"))
    assert not list(may_crash(f"{copy}, c AS MATERIALIZED (SELECT * FROM ({crashing}) AS d) SELECT * FROM c"))


async def test_a_diff(demo_database_url: str) -> None:
    text = POLICY.read_text()
    edited = Policy(text.replace('"BILLING_VIEW" in actor.permissions and', "", 1), "edited.polar")

    async def question(connection: AsyncConnection) -> Any:
        difference = await diff.prepare(connection, rules(), edited)
        [billing] = [change for change in difference.actions if change.model is ContractAccount]
        counted = await diff.count_changes(connection, difference, billing)
        listed = [change async for change in diff.list_changes(connection, difference, billing, 100)]
        return counted, listed

    await has_one_answer(demo_database_url, question)
