"""A predicate has the same result evaluated in memory, simplified, and as SQL on PostgreSQL."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from authz.access import Access
from authz.actor import ActorKind, Identity, Traits
from authz.model.actions import ACTIONS
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.predicates.nodes import Compare, Operator, Predicate, show
from authz.predicates.simplify import simplify
from authz.predicates.sql import expression
from models import Audience, AuditEvent, Base, ContractAccount, DeliveryAccount, Permission, Service, User
from tests.support.policies.random_predicates import predicates, stored_world
from tests.support.worlds.loader import insert_world
from tests.support.worlds.models import example

ASYNCPG = dialect()
ALL_PERMISSIONS = frozenset(Permission)


class StoredExample:
    """A database with the example data, and the same rows in memory."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.connection: Any = self.loop.run_until_complete(asyncpg.connect(url))
        self.loop.run_until_complete(insert_world(self.connection, example()))
        self.world: World = self.loop.run_until_complete(stored_world(self.connection))

    def selected_ids(self, predicate: Predicate, model: type[Base], identity: dict[Identity, UUID | None]) -> set[UUID]:
        """Returns the ids of the rows that PostgreSQL selects."""
        row = model.__table__.alias()
        statement = select(row.c.id).where(expression(predicate, model, row, no_flag)).compile(dialect=ASYNCPG)
        values = {
            "actor_id": identity[Identity.ID],
            "actor_organization_id": identity[Identity.ORGANIZATION_ID],
            "actor_client_id": identity[Identity.CLIENT_ID],
        }
        fetched = self.connection.fetch(str(statement), *(values[name] for name in statement.positiontup or ()))
        return {record["id"] for record in self.loop.run_until_complete(fetched)}


def no_flag(name: str, row: Any) -> Any:
    raise AssertionError(name)


@pytest.fixture(scope="module")
def stored(shared_database_url: str) -> Iterator[StoredExample]:
    example_rows = StoredExample(shared_database_url)
    yield example_rows
    example_rows.loop.run_until_complete(example_rows.connection.close())
    example_rows.loop.close()


model_predicates = st.sampled_from([Service, ContractAccount, DeliveryAccount, User, AuditEvent]).flatmap(
    lambda model: st.tuples(st.just(model), predicates(model))
)
actors = st.sampled_from(example().users)


@settings(max_examples=60, deadline=None)
@given(case=model_predicates, actor=actors)
def test_memory_simplified_and_sql_agree(stored: StoredExample, case: tuple[type[Base], Predicate], actor: Any) -> None:
    model, predicate = case
    identity: Any = {Identity.ID: actor.id, Identity.ORGANIZATION_ID: actor.organization_id, Identity.CLIENT_ID: None}
    rows = stored.world.rows(model)
    expected = {row.values["id"] for row in rows if holds(predicate, row, identity)}
    simplified = simplify(predicate, model)
    assert {row.values["id"] for row in rows if holds(simplified, row, identity)} == expected, show(simplified)
    assert stored.selected_ids(simplified, model, identity) == expected, show(simplified)
    assert stored.selected_ids(predicate, model, identity) == expected, show(predicate)


def condition(policy: Policy, traits: Traits, action: str, model: type[Base]) -> str:
    row = model.__table__.alias("it")
    return " ".join(str(Access(policy, traits).may(action, model, row).compile(dialect=ASYNCPG)).split())


def member(audience: Audience, *, every_contract_account: bool = False) -> Traits:
    return Traits(ActorKind.MEMBER, audience, ALL_PERMISSIONS, every_contract_account)


def test_grants_are_a_list_that_does_not_depend_on_the_row(policy: Policy) -> None:
    text = condition(policy, member(Audience.ORGANIZATION), "view", Service)
    assert text == (
        "it.organization_id = $1::UUID AND it.contract_account_id = ANY (array((SELECT "
        "contract_grants_1.contract_account_id FROM contract_grants AS contract_grants_1 "
        "WHERE contract_grants_1.user_id = $2::UUID AND (contract_grants_1.ends_at IS NULL OR "
        "contract_grants_1.ends_at > now()))))"
    )


def test_a_relation_through_services_is_a_correlated_exists(policy: Policy) -> None:
    text = condition(policy, member(Audience.DELIVERY, every_contract_account=True), "view", ContractAccount)
    assert "EXISTS (SELECT 1 FROM services AS services_1" in text
    assert "services_1.contract_account_id = it.id" in text
    assert "services_1.delivery_account_id = ANY (array((SELECT" in text


def test_all_accounts_fold_to_the_organization_condition(policy: Policy) -> None:
    traits = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, ALL_PERMISSIONS, True, True)
    for model in (Service, ContractAccount, DeliveryAccount, User):
        assert condition(policy, traits, "view", model) == "it.organization_id = $1::UUID"


def test_text_is_ordered_as_polar_orders_it_whatever_the_locale() -> None:
    row = Service.__table__.alias("it")
    ordered = expression(Compare(("name",), Operator.LESS, "it's"), Service, row, no_flag)
    assert str(ordered.compile(dialect=ASYNCPG)) == "(it.name COLLATE \"C\") < 'it''s'"


def test_staff_and_members_without_permissions_fold_to_a_constant(policy: Policy) -> None:
    assert {condition(policy, Traits(ActorKind.STAFF), "view", model) for model in ACTIONS} == {"true"}
    assert condition(policy, Traits(ActorKind.STAFF), "update", User) == "false"
    assert condition(policy, Traits(ActorKind.MEMBER), "update", User) == "false"


def test_a_condition_works_in_a_column_of_a_nested_statement(policy: Policy) -> None:
    """Every EXISTS correlates with the row of its own statement, at any depth."""
    outer, inner = ContractAccount.__table__.alias("parent"), DeliveryAccount.__table__.alias("child")
    access = Access(policy, member(Audience.ORGANIZATION))
    column = access.may("view", DeliveryAccount, inner)
    nested = select(column).where(inner.c.organization_id == outer.c.organization_id).scalar_subquery()
    text = str(select(nested, access.may("view", ContractAccount, outer)).compile(dialect=ASYNCPG))
    assert text.count("delivery_accounts AS child") == 1
    assert text.count("contract_accounts AS parent") == 1
