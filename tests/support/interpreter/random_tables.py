"""Small random worlds as plain rows: two organizations, few values, so that everything meets everything; many nulls."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tests.support.interpreter.interpreter import Row
from tests.support.interpreter.schema import AUDIENCES, KINDS, PERMISSIONS, SCOPES, STATUSES, TYPES

NAMES = ("A", "M", "Mx", "a", "Z", "ACTIVE", "it's \\ %")
COUNTRIES = ("NL", "DE")
CURRENCIES = ("EUR", "USD")


class Builder:
    """Builds one world; the ids count from 1."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tables: dict[str, list[Row]] = {name: [] for name in TYPES}
        self._rows = 0

    def add(self, name: str, /, **values: Any) -> Row:
        self._rows += 1
        if "id" in TYPES[name].ids:
            values["id"] = UUID(int=(0x0190_0000_0000_7000_8000 << 48) | self._rows)
        self.tables[name].append(values)
        return values

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def maybe(self, values: tuple[Any, ...]) -> Any:
        return None if self.chance(0.35) else self.random.choice(values)

    def time(self, part: float) -> datetime | None:
        return datetime(2026, 1, 1, tzinfo=UTC) if self.chance(part) else None

    def end(self) -> datetime | None:
        """Most grants don't end; some have ended."""
        return datetime.now(UTC) + timedelta(days=self.random.choice((-1, 9))) if self.chance(0.6) else None

    def user(self, organization: Row | None) -> Row:
        choose, activated = self.random.choice, self.time(0.7)
        staff = organization is None
        audience = "ORGANIZATION" if staff else choose(AUDIENCES)
        return self.add(
            "User",
            organization_id=organization["id"] if organization else None,
            staff=staff,
            kind=choose(KINDS),
            audience=audience,
            email=f"{len(self.tables['User'])}@users.example",
            first_name=self.maybe(NAMES),
            country=self.maybe(COUNTRIES),
            all_contract_accounts=not staff and self.chance(0.4),
            all_delivery_accounts=not staff and audience == "ORGANIZATION" and self.chance(0.4),
            password_hash="argon2" if activated else None,
            activated_at=activated,
            removed_at=self.time(0.3),
        )

    def organization(self) -> None:
        choose = self.random.choice
        organization = self.add("Organization", name=choose(NAMES))
        own = {"organization_id": organization["id"]}
        contracts = [
            self.add("ContractAccount", **own, name=choose(NAMES), vat_number=self.maybe(NAMES),
                     currency=self.maybe(CURRENCIES))
            for _ in range(choose((1, 2, 2)))
        ]  # fmt: skip
        deliveries = [self.add("DeliveryAccount", **own, name=choose(NAMES)) for _ in range(choose((1, 2, 2)))]
        for number in range(choose((1, 2, 3))):
            self.add("Service", **own, contract_account_id=choose(contracts)["id"],
                     delivery_account_id=choose(deliveries)["id"], code=f"S-{number}", name=choose(NAMES),
                     status=choose(STATUSES), city=choose(NAMES), country=choose(COUNTRIES))  # fmt: skip
        for user in [self.user(organization) for _ in range(choose((2, 3)))]:
            self.grants(user, own, contracts, deliveries)
            if self.chance(0.6):
                scopes = [scope for scope in SCOPES if self.chance(0.6)] or [choose(SCOPES)]
                self.add("ApiClient", **own, owner_id=user["id"], name=choose(NAMES), scopes=scopes)

    def grants(self, user: Row, own: Row, contracts: list[Row], deliveries: list[Row]) -> None:
        of_user = {"user_id": user["id"], **own}
        for name, key, accounts in (
            ("ContractGrant", "contract_account_id", contracts),
            ("DeliveryGrant", "delivery_account_id", deliveries),
        ):
            for account in accounts:
                if self.chance(0.5):
                    self.add(name, **of_user, **{key: account["id"]}, ends_at=self.end())
        for permission in PERMISSIONS:
            if self.chance(0.3):
                end = None if permission == "SITES_SERVICES_VIEW" else self.end()
                self.add("UserPermission", **of_user, permission=permission, ends_at=end)


def random_tables(random: Random) -> dict[str, list[Row]]:
    """Returns a world."""
    builder = Builder(random)
    builder.organization()
    builder.organization()
    builder.user(None)
    organizations = [row["id"] for row in builder.tables["Organization"]]
    for _ in range(4):
        of = random.choice([*organizations, None])
        # Events are about users of their organization: what a path across the border finds differs between statements.
        users = [None, organizations[0], *(row["id"] for row in builder.tables["User"] if row["organization_id"] == of)]
        builder.add("AuditEvent", organization_id=of, kind="user.updated",
                    actor_id=random.choice(users), subject_id=random.choice(users),
                    address=random.choice((None, *NAMES)))  # fmt: skip
    return builder.tables


async def insert_tables(connection: Any, tables: dict[str, list[Row]]) -> None:
    """Store the rows through the asyncpg `connection`, in its current transaction."""
    for name, rows in tables.items():
        if rows:
            records = [tuple(row.values()) for row in rows]
            await connection.copy_records_to_table(TYPES[name].table, records=records, columns=list(rows[0]))


def actors(tables: dict[str, list[Row]]) -> list[Row]:
    """Returns those who may ask, as a policy sees them: all users, and all API clients."""
    now = datetime.now(UTC)
    users = {}
    for user in tables["User"]:
        held = [
            row["permission"]
            for row in tables["UserPermission"]
            if row["user_id"] == user["id"] and (row["ends_at"] is None or row["ends_at"] > now)
        ]
        users[user["id"]] = {
            "kind of actor": "Staff" if user["staff"] else "Member",
            "permissions": sorted(held),
            **{key: user[key] for key in ("id", "organization_id", "audience")},
            **{key: user[key] for key in ("all_contract_accounts", "all_delivery_accounts")},
        }
    clients = [
        {"kind of actor": "Client", "id": row["id"], "scopes": row["scopes"], "owner": users[row["owner_id"]]}
        for row in tables["ApiClient"]
    ]
    return [*users.values(), *clients]
