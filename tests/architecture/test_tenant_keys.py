"""Every foreign key between tables of tenants includes the tenant, so that the database itself holds the border."""

import pytest
from sqlalchemy import ForeignKeyConstraint, Table

from models import Base
from tests.support.migrations.tenants import PLATFORMS, tenant_of_rows

pytestmark = pytest.mark.invariant("organization_border")

ALL = Base.metadata.sorted_tables
TABLES = [table for table in ALL if table.name not in PLATFORMS]


def ends(key: ForeignKeyConstraint) -> set[tuple[str, str]]:
    """The columns that a foreign key compares: of its own table, and of the other."""
    return {(element.parent.name, element.column.name) for element in key.elements}


def keys() -> list[tuple[Table, ForeignKeyConstraint]]:
    found = [(table, key) for table in TABLES for key in table.foreign_key_constraints]
    return sorted(found, key=lambda pair: str(pair[1].name))


def test_the_list_of_tables_without_tenant_is_current() -> None:
    assert PLATFORMS.keys() <= {table.name for table in ALL}
    assert not [table.name for table in TABLES if tenant_of_rows(table) not in table.c]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_has_a_tenant(table: Table) -> None:
    assert not table.c[tenant_of_rows(table)].nullable


@pytest.mark.parametrize(("table", "key"), keys(), ids=lambda value: getattr(value, "name", ""))
def test_every_foreign_key_includes_the_tenant(table: Table, key: ForeignKeyConstraint) -> None:
    other = key.referred_table
    assert other.name not in PLATFORMS
    if other.name == "organizations":
        # The optional one is that of the tenant, by a check.
        own = {tenant_of_rows(table), "organization_id"}
        assert set(key.column_keys) <= own
    else:
        compared = {(a, b) for a, b in ends(key) if b in {"tenant_id", "organization_id"}}
        assert compared in ({("tenant_id", "tenant_id")}, {("organization_id", "organization_id")})


def test_an_optional_organization_is_that_of_the_tenant() -> None:
    optional = [table for table in TABLES if "organization_id" in table.c and table.c.organization_id.nullable]
    assert {table.name for table in optional} == {"users", "outbox_mails", "audit_events"}
    for table in optional:
        checks = {constraint.name for constraint in table.constraints}
        assert f"ck_{table.name}_tenant" in checks
