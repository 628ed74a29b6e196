"""A predicate has the same result evaluated in memory, simplified, and as SQL on PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, FromClause, and_, exists, select, true
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from authz.access import Access, Scope
from authz.actor import ActorKind, Identity, Traits
from authz.model.actions import ACTIONS, UserAction
from authz.policy import Policy
from authz.predicates.evaluate import World, holds
from authz.predicates.nodes import All, Compare, Operator, Predicate, show
from authz.predicates.simplify import any_of, factor, simplify
from authz.predicates.simplify import given as rest_given
from authz.predicates.sql import expression
from authz.predicates.sql_template import SqlTemplate, compile_template
from models import ApiClient, Audience, AuditEvent, Base, ContractAccount, DeliveryAccount, Permission, Service, User
from tests.support.depth import examples
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

    def selected_ids(
        self,
        predicate: Predicate,
        model: type[Base],
        identity: dict[Identity, UUID | None],
        translate: Callable[[Predicate, type[Base], FromClause], ColumnElement[bool]] | None = None,
    ) -> set[UUID]:
        """Returns the ids of the rows that PostgreSQL selects."""
        row = model.__table__.alias()
        condition = (translate or directly)(predicate, model, row)
        statement = select(row.c.id).where(condition).compile(dialect=ASYNCPG)
        values = {
            "actor_id": identity[Identity.ID],
            "actor_organization_id": identity[Identity.ORGANIZATION_ID],
            "actor_client_id": identity[Identity.CLIENT_ID],
        }
        fetched = self.connection.fetch(str(statement), *(values[name] for name in statement.positiontup or ()))
        return {record["id"] for record in self.loop.run_until_complete(fetched)}


def directly(predicate: Predicate, model: type[Base], row: FromClause, scope: Scope = Scope.ROW) -> ColumnElement[bool]:
    return expression(predicate, model, row, no_flag, scope=scope)


def in_template(predicate: Predicate, model: type[Base], row: FromClause) -> ColumnElement[bool]:
    """By a template that contains another one."""

    def twice(row: FromClause) -> ColumnElement[bool]:
        inner = compile_template(lambda row: directly(predicate, model, row), model.__table__)
        other = model.__table__.alias()
        same = select(1).select_from(other).where(other.c.id == row.c.id, on(inner, other)).correlate_except(other)
        return and_(on(inner, row), exists(same))

    return on(compile_template(twice, model.__table__), row)


def on(template: SqlTemplate | ColumnElement[bool], row: FromClause) -> ColumnElement[bool]:
    return template.on(row) if isinstance(template, SqlTemplate) else template


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


@settings(max_examples=examples(60), deadline=None)
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
    assert stored.selected_ids(predicate, model, identity, in_template) == expected, show(predicate)
    for scope in Scope:
        found = stored.selected_ids(simplified, model, identity, partial(directly, scope=scope))
        assert found == expected, (scope, show(simplified))


@settings(max_examples=examples(60), deadline=None)
@given(
    case=model_predicates.flatmap(lambda case: st.tuples(st.just(case[0]), st.just(case[1]), predicates(case[0]))),
    actor=actors,
)
def test_on_rows_that_satisfy_one_predicate_the_rest_of_another_means_the_same(
    stored: StoredExample, case: tuple[type[Base], Predicate, Predicate], actor: Any
) -> None:
    model, known, predicate = case[0], simplify(case[1], case[0]), simplify(case[2], case[0])
    both = simplify(All(frozenset({known, predicate})), model)
    identity: Any = {Identity.ID: actor.id, Identity.ORGANIZATION_ID: actor.organization_id, Identity.CLIENT_ID: None}
    for row in stored.world.rows(model):
        if holds(known, row, identity):
            for whole in (predicate, both):
                assert holds(rest_given(whole, known, model), row, identity) == holds(whole, row, identity)
        shared, rest = factor([both, predicate])
        for whole in (predicate, both):
            split = holds(shared, row, identity) and holds(rest(whole), row, identity)
            assert split == holds(whole, row, identity)
        either = holds(any_of([known, predicate], model), row, identity)
        assert either == (holds(known, row, identity) or holds(predicate, row, identity))


def test_what_view_requires_is_not_checked_again_on_a_visible_row(policy: Policy) -> None:
    row = ContractAccount.__table__.alias("it")
    for traits in (member(Audience.ORGANIZATION), member(Audience.DELIVERY, every_contract_account=True)):
        access = Access(policy, traits)
        assert access.may_any_visible(["view_billing"], ContractAccount, row) is true()
        assert access.each_visible(["view", "assign"], ContractAccount, row).always == {"view", "assign"}


def test_what_all_actions_on_a_user_require_is_one_condition(policy: Policy) -> None:
    row = User.__table__.alias("it")
    actions = Access(policy, member(Audience.ORGANIZATION)).each_visible(UserAction, User, row)
    assert "user_permissions" in str(actions.shared.compile(dialect=ASYNCPG))
    assert actions.always == {UserAction.VIEW}
    assert not any("SELECT" in str(condition.compile(dialect=ASYNCPG)) for condition in actions.rest.values())


def test_an_action_that_requires_only_what_is_shared_is_not_always_allowed(policy: Policy) -> None:
    """An admin sees the API clients of others, and rotates the secrets of their own only."""
    row = ApiClient.__table__.alias("it")
    traits = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, ALL_PERMISSIONS, True, True)
    actions = Access(policy, traits).each_visible(["view", "rotate", "revoke"], ApiClient, row)
    assert actions.always == {"view", "revoke"}
    assert actions.rest.keys() == {"rotate"}
    assert "owner_id" in str(actions.shared.compile(dialect=ASYNCPG))


def test_an_alias_inside_a_template_never_hides_the_row() -> None:
    """Not even if the row is an anonymous alias of the same table, and one template contains another."""

    def later(user: FromClause) -> ColumnElement[bool]:
        other = User.__table__.alias()
        return exists(select(1).select_from(other).where(other.c.id > user.c.id).correlate_except(other))

    inner = compile_template(later, User.__table__)

    def nested(user: FromClause) -> ColumnElement[bool]:
        other = User.__table__.alias()
        matches = select(1).select_from(other).where(other.c.id < user.c.id, inner.on(other))
        return exists(matches.correlate_except(other))

    row = User.__table__.alias()
    text = str(select(row.c.id).where(compile_template(nested, User.__table__).on(row)).compile(dialect=ASYNCPG))
    assert "t2_users_1.id < users_1.id" in text
    assert "t1_users_1.id > t2_users_1.id" in text


def condition(policy: Policy, traits: Traits, action: str, model: type[Base]) -> str:
    row = model.__table__.alias("it")
    return " ".join(str(Access(policy, traits).may(action, model, row).compile(dialect=ASYNCPG)).split())


def member(audience: Audience, *, every_contract_account: bool = False) -> Traits:
    return Traits(ActorKind.MEMBER, audience, ALL_PERMISSIONS, every_contract_account)


def test_grants_are_a_list_that_does_not_depend_on_the_row(policy: Policy) -> None:
    text = condition(policy, member(Audience.ORGANIZATION), "view", Service)
    assert text == (
        "(it.organization_id = $1::UUID AND it.contract_account_id = ANY (array((SELECT "
        "own_contract_grants_1.contract_account_id FROM contract_grants AS own_contract_grants_1 "
        "WHERE own_contract_grants_1.user_id = $2::UUID AND own_contract_grants_1.organization_id = $1::UUID "
        "AND (own_contract_grants_1.ends_at IS NULL OR "
        "own_contract_grants_1.ends_at > now())))))"
    )


def test_a_relation_through_services_is_a_correlated_exists(policy: Policy) -> None:
    text = condition(policy, member(Audience.DELIVERY, every_contract_account=True), "view", ContractAccount)
    assert "EXISTS (SELECT 1 FROM services AS t1_services_1" in text
    assert "t1_services_1.contract_account_id = it.id" in text
    assert "t1_services_1.delivery_account_id = ANY (array((SELECT" in text


def test_all_accounts_fold_to_the_organization_condition(policy: Policy) -> None:
    traits = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, ALL_PERMISSIONS, True, True)
    for model in (Service, ContractAccount, DeliveryAccount):
        assert condition(policy, traits, "view", model) == "(it.organization_id = $1::UUID)"
    named = "(it.organization_id = $1::UUID AND it.tenant_id = $1::UUID)"
    assert condition(policy, traits, "view", User) == named


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
