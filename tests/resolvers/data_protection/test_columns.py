"""Every table and column is decided: whose its rows are, whether it is exported, and whether it holds personal data."""

import re

import pytest
from sqlalchemy import ARRAY, Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.data_export.queries import NOT_OF_THE_PERSON, organization_queries, user_queries
from models import PLATFORM, Base, new_id
from resolvers.data_protection.columns import NOT_EXPORTED, NOT_PERSONAL, PERSONAL
from resolvers.data_protection.ownership import (
    OF_THE_PLATFORM,
    WITHOUT_TENANT,
    of_organization,
    organization_tables,
)
from resolvers.data_protection.person import NOT_OF_A_PERSON, OF_A_PERSON, Person

pytestmark = pytest.mark.invariant("data_protection")

TABLES = Base.metadata.tables
COLUMNS = {f"{table.name}.{column.name}": column for table in TABLES.values() for column in table.c}
CAN_HOLD_TEXT = Text, JSONB, ARRAY, LargeBinary
SECRET = re.compile("hash|secret|token|password|private|answer|fingerprint|salt")
NO_SECRETS = {
    "access_requests.reason",
    *("audit_events.hash", "audit_events.previous_hash", "audit_heads.hash", "audit_events.salt"),
    "outbox_mails.one_time_token_id",
    "webhooks.secret_hint",
}
"""Columns whose names look like those of secrets, and that are none: hashes of the trail, which anybody may verify, and
the last characters of a secret."""


def can_hold_text(column: Column[object]) -> bool:
    return isinstance(column.type, CAN_HOLD_TEXT)


def test_every_column_that_can_hold_text_is_personal_or_not() -> None:
    decided = [*PERSONAL, *NOT_PERSONAL]
    assert sorted(decided) == sorted(name for name, column in COLUMNS.items() if can_hold_text(column))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_belongs_to_an_organization_or_to_the_platform(table: object) -> None:
    name = table.name  # type: ignore[attr-defined]
    if name in OF_THE_PLATFORM:
        return
    assert table in organization_tables()
    of_organization(TABLES[name], new_id())
    assert (name in OF_A_PERSON) != (name in NOT_OF_A_PERSON)


def test_every_column_is_exported_or_left_out_for_a_reason() -> None:
    exported = {query.name: query.table for query in organization_queries(new_id())}
    for table in organization_tables():
        if table.name in NOT_EXPORTED:
            assert table.name not in exported
            continue
        in_file = exported[table.name]
        assert {*in_file.columns, *in_file.left_out} == set(table.c.keys())
        assert all(
            table.c[name].computed is not None or f"{table.name}.{name}" in NOT_EXPORTED for name in in_file.left_out
        )


def test_no_export_contains_a_secret() -> None:
    queries = [*organization_queries(new_id()), *user_queries(Person(new_id(), PLATFORM))]
    names = {f"{query.name}.{column}" for query in queries for column in query.table.columns}
    assert {name for name in names if SECRET.search(name.partition(".")[2])} <= NO_SECRETS


def test_the_export_of_a_person_has_every_table_about_them() -> None:
    assert {query.name for query in user_queries(Person(new_id(), PLATFORM))} == {
        name for name in OF_A_PERSON if name not in NOT_EXPORTED
    }


def test_nothing_is_listed_that_is_gone() -> None:
    listed = {*PERSONAL, *NOT_PERSONAL, *NOT_OF_THE_PERSON, *(name for name in NOT_EXPORTED if "." in name)}
    assert listed <= set(COLUMNS)
    tables = {*OF_THE_PLATFORM, *WITHOUT_TENANT, *OF_A_PERSON, *NOT_OF_A_PERSON}
    assert tables | {name for name in NOT_EXPORTED if "." not in name} <= set(TABLES)
