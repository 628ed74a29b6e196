"""The actor's sets are said once in a statement. Answers: `tests/properties/reading/test_reading_agreement.py`."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, any_, select
from sqlalchemy.dialects.postgresql import asyncpg

from authz.actor import ACTOR_ID
from authz.predicates.own_sets import OwnSet, with_own_sets
from authz.predicates.sql_template import SqlTemplate, compile_template
from models import ContractAccount, ContractGrant, Service

ACCOUNTS = ContractAccount.__table__
SERVICES = Service.__table__
GRANTED = (
    "array((SELECT own_contract_grants_1.contract_account_id \nFROM contract_grants AS own_contract_grants_1 \n"
    "WHERE own_contract_grants_1.user_id = $1::UUID))"
)


def is_granted(key: ColumnElement[Any]) -> ColumnElement[bool]:
    grant = ContractGrant.__table__.alias()
    granted = select(grant.c.contract_account_id).where(grant.c.user_id == ACTOR_ID).correlate_except(grant)
    return key == any_(OwnSet(granted))


def has_granted(account: FromClause) -> ColumnElement[bool]:
    service = SERVICES.alias()
    matches = select(service.c.id).where(service.c.id == account.c.id, is_granted(service.c.contract_account_id))
    return matches.correlate_except(service).exists()


def template(condition: object, table: FromClause) -> SqlTemplate:
    compiled = compile_template(condition, table)  # type: ignore[arg-type]
    assert isinstance(compiled, SqlTemplate)
    return compiled


def sql(value: ColumnElement[Any]) -> str:
    return select(value).compile(dialect=asyncpg.dialect()).string


def test_a_set_that_occurs_in_several_templates_is_said_once() -> None:
    account = ACCOUNTS.alias("a1")
    one = template(lambda row: is_granted(row.c.id), ACCOUNTS).on(account)
    # Its own subquery has another place in this one.
    other = template(has_granted, ACCOUNTS).on(account)
    text = sql(with_own_sets(select(ACCOUNTS.c.id).where(one, other).select_from(account).scalar_subquery()))
    assert "a1.id = ANY (own.s0)" in text
    assert "contract_account_id = ANY (own.s0)" in text
    assert text.count("array(") == text.count(f"FROM (SELECT {GRANTED} AS s0 OFFSET 0) AS own") == 1


def test_a_set_that_occurs_once_or_in_another_statement_stays_in_its_place() -> None:
    one = template(lambda row: is_granted(row.c.id), ACCOUNTS).on(ACCOUNTS.alias("a1"))
    assert f"a1.id = ANY ({GRANTED})" in sql(with_own_sets(one))
    assert sql(one | one).count(GRANTED) == 2


def test_a_template_within_a_template_keeps_its_sets() -> None:
    inner = template(has_granted, ACCOUNTS)
    outer = template(lambda row: is_granted(row.c.id) & inner.on(row), ACCOUNTS).on(ACCOUNTS.alias("a1"))
    assert sql(with_own_sets(outer)).count("own.s0") == 2
