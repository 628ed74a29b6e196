"""The statements that distribute tables: of keys, references and triggers as the catalogs have them."""

from dataclasses import replace

import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from app.distribution.catalog import CatalogTable, ForeignKey, Key, Trigger
from app.distribution.steps import KEPT_ELSEWHERE, LEFT_OUT, NotDistributable, missing_references, steps
from models import Base
from models.distribution.places import COPIED, EVERYWHERE, LOCAL, place_of

ORGANIZATIONS = CatalogTable("organizations", "id")


def sql(*tables: CatalogTable) -> list[str]:
    return [step.sql for step in steps(tables)]


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_every_table_has_a_place_or_a_reason(table: str) -> None:
    column = place_of(table)
    assert (column is None) == (table in LOCAL)
    if column not in (None, COPIED):
        assert not Base.metadata.tables[table].c[column].nullable


def test_the_lists_name_tables() -> None:
    assert {*LOCAL, *EVERYWHERE} - {"alembic_version"} <= Base.metadata.tables.keys()


RANDOM = {"id": "an id is random", "message_id": "made from a random id"}
"""The columns whose values don't repeat, whether or not a key says so, with the reason. Hashes are of random tokens,
and references (`…_id`) of random ids."""


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_a_key_that_gets_the_tenant_loses_nothing(table: str) -> None:
    """In a distributed database, such a key no longer keeps two tenants from having the same."""
    place, own = place_of(table), Base.metadata.tables[table]
    if place in (None, COPIED):
        return
    constraints = [each for each in own.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    for key in (*constraints, *(index for index in own.indexes if index.unique)):
        columns = {column.name for column in key.columns}
        has_tenant = {place, "organization_id", "tenant_id"} & columns
        is_random = any(name in RANDOM or name.endswith(("_id", "_hash")) for name in columns)
        assert has_tenant or is_random or (table, *columns) in KEPT_ELSEWHERE, key.name


def test_foreign_keys_that_migrations_left_out_are_added() -> None:
    known = [CatalogTable(table.name, place_of(table.name)) for table in Base.metadata.sorted_tables]
    added = [step.sql for step in missing_references(known)]
    assert (
        'ALTER TABLE "webhooks" ADD CONSTRAINT "fk_webhooks_organization_id_owner_id" FOREIGN KEY '
        '("organization_id", "owner_id") REFERENCES "users" ("tenant_id", "id")'
    ) in added
    assert any(sql.endswith(" ON DELETE CASCADE") for sql in added)
    assert not any('"emails"' in sql or '"verified_domains"' in sql for sql in added)
    [webhooks] = [table for table in known if table.name == "webhooks"]
    name = "fk_webhooks_organization_id_owner_id"
    has_it = replace(webhooks, references=[ForeignKey(name, [], "users", [], "")])
    assert name not in "".join(step.sql for step in missing_references([*known, has_it]))


def test_a_table_that_is_distributed_stays_as_it_is() -> None:
    assert sql(ORGANIZATIONS, CatalogTable("services", "organization_id", [Key("primary", "pk", ["id"], "")])) == []


def test_a_table_that_portico_does_not_know_stays_as_it_is() -> None:
    assert sql(CatalogTable("of_somebody_else", None, [Key("primary", "pk", ["id"], "")])) == []


def test_a_primary_key_begins_with_the_organization() -> None:
    assert sql(ORGANIZATIONS, CatalogTable("services", None, [Key("primary", "pk_services", ["id"], "")])) == [
        'ALTER TABLE "services" DROP CONSTRAINT "pk_services"',
        'ALTER TABLE "services" ADD CONSTRAINT "pk_services" PRIMARY KEY ("organization_id", "id")',
        "SELECT create_distributed_table('\"services\"', 'organization_id', colocate_with => 'organizations')",
    ]


def test_a_key_that_another_one_holds_is_dropped() -> None:
    keys = [
        Key("unique", "uq_hash", ["token_hash"], ""),
        Key("unique", "uq_tenant_hash", ["tenant_id", "token_hash"], ""),
    ]
    assert sql(CatalogTable("sessions", None, keys))[:-1] == ['ALTER TABLE "sessions" DROP CONSTRAINT "uq_hash"']


def test_a_unique_index_keeps_its_condition() -> None:
    definition = "CREATE UNIQUE INDEX uq_open ON public.sessions USING btree (user_id, lower(x)) WHERE (y IS NULL)"
    index = Key("index", "uq_open", ["user_id", None], definition)
    assert sql(CatalogTable("sessions", None, [index]))[1] == (
        'CREATE UNIQUE INDEX uq_open ON public.sessions USING btree ("tenant_id", user_id, lower(x)) WHERE (y IS NULL)'
    )


def test_the_email_of_users_is_indexed_only() -> None:
    assert sql(CatalogTable("users", None, [Key("unique", "uq_users_email", ["email"], "")]))[:-1] == [
        'ALTER TABLE "users" DROP CONSTRAINT "uq_users_email"',
        'CREATE INDEX "uq_users_email" ON "users" ("email")',
    ]


def test_a_reference_compares_the_columns_that_rows_are_placed_by() -> None:
    definition = "FOREIGN KEY (organization_id, user_id) REFERENCES users(organization_id, id) ON DELETE CASCADE"
    key = ForeignKey("fk", ["organization_id", "user_id"], "users", ["organization_id", "id"], definition)
    added = (
        'ALTER TABLE "contract_grants" ADD CONSTRAINT "fk" FOREIGN KEY ("organization_id", "user_id") '
        'REFERENCES "users" ("tenant_id", "id") ON DELETE CASCADE'
    )
    assert sql(CatalogTable("users", "tenant_id"), CatalogTable("contract_grants", None, (), [key])) == [
        'ALTER TABLE "contract_grants" DROP CONSTRAINT "fk"',
        "SELECT create_distributed_table('\"contract_grants\"', 'organization_id', colocate_with => 'organizations')",
        added,
    ]


def test_a_reference_of_a_table_on_the_coordinator_is_dropped() -> None:
    key = ForeignKey("fk", ["user_id"], "users", ["id"], "FOREIGN KEY (user_id) REFERENCES users(id)")
    assert sql(CatalogTable("users", None), CatalogTable("policy_differences", None, (), [key]))[:-1] == [
        'ALTER TABLE "policy_differences" DROP CONSTRAINT "fk"'
    ]


def test_a_reference_without_the_tenant_is_refused_by_name() -> None:
    key = ForeignKey("fk_user", ["user_id"], "users", ["id"], "FOREIGN KEY (user_id) REFERENCES users(id)")
    with pytest.raises(NotDistributable, match="fk_user of sessions"):
        sql(CatalogTable("users", None), CatalogTable("sessions", None, (), [key]))


def test_triggers_do_not_fire_for_rows_that_are_copied() -> None:
    trigger = Trigger("next", "CREATE TRIGGER next BEFORE UPDATE ON public.services EXECUTE FUNCTION f()")
    assert sql(ORGANIZATIONS, CatalogTable("services", None, triggers=[trigger])) == [
        'DROP TRIGGER "next" ON "services"',
        "SELECT create_distributed_table('\"services\"', 'organization_id', colocate_with => 'organizations')",
        trigger.definition,
    ]


def test_the_directory_of_emails_is_copied_to_every_node() -> None:
    key = ForeignKey("fk", ["tenant_id"], "users", ["tenant_id"], "FOREIGN KEY (tenant_id) REFERENCES users(tenant_id)")
    emails = CatalogTable("emails", None, [Key("primary", "pk_emails", ["email"], "")], [key])
    assert sql(CatalogTable("users", "tenant_id"), emails) == [
        'ALTER TABLE "emails" DROP CONSTRAINT "fk"',
        "SELECT create_reference_table('\"emails\"')",
    ]
    assert sql(CatalogTable("emails", COPIED, emails.keys)) == []


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_trigger_that_would_write_to_all_nodes_is_left_out(name: str) -> None:
    users = CatalogTable("users", None, triggers=[Trigger(name, f"CREATE TRIGGER {name} …")])
    assert [step.sql for step in steps([ORGANIZATIONS, users]) if name in step.sql] == [
        f'DROP TRIGGER "{name}" ON "users"'
    ]
