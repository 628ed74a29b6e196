"""A person who has left traces everywhere, for tests of exports and erasures."""

import json
from string import Template
from typing import Any
from uuid import UUID

import asyncpg

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.data_protection.whole_database import add_event, fill

ACME_ID, ADA, BEN = named_key(ACME), named_key("ada@acme.example"), named_key("ben@acme.example")
ZEB = named_key("zebulon in tests")
FIRST, LAST = "Zebulon", "Quackenbush"
EMAIL, FORMER_EMAIL, PHONE, ADDRESS = "zeb@ducks.example", "z.quack@ponds.example", "+15550100199", "203.0.113.77"
NICKNAME = "the Duckmaster"
NEEDLES = (LAST, EMAIL, FORMER_EMAIL, PHONE, ADDRESS, "ponds.example", "ducks.example", "Ladybird/7")

_USER = """
INSERT INTO users (id, organization_id, tenant_id, email, first_name, last_name, phone, country, password_hash,
    activated_at)
VALUES ($1, $2, $2, $3, $4, $5, $6, 'NL', 'a hash of the password', now())"""

_TEXTS = (
    "UPDATE sessions SET user_agent = 'Ladybird/7' WHERE user_id = $zeb",
    "UPDATE api_clients SET name = 'Laptop of Zebulon Quackenbush' WHERE owner_id = $zeb",
    """INSERT INTO access_requests (id, organization_id, requester_id, kind, account, reason, expires_at)
    VALUES (gen_random_uuid(), $acme, $zeb, 'CONTRACT_ACCOUNT', 'Quackenbush Ltd', 'I, Zebulon Quackenbush', now())""",
    "UPDATE access_reviews SET state = 'COMPLETE', recorded_at = now()",
    """UPDATE access_reviews
    SET signed_off_by_id = $ben, signed_off_at = now(), note = 'All but Quackenbush,  Zebulon'""",
    """INSERT INTO outbox_mails (id, organization_id, tenant_id, user_id, kind, recipient, message_id, values)
    VALUES (gen_random_uuid(), $acme, $acme, $ben, 'ACCESS_ENDS', 'ben@acme.example', 'm',
        '{"ends": [{"name": "Zebulon Quackenbush", "at": 1}, {"name": "ZEB@DUCKS.example"}]}')""",
    "UPDATE contract_accounts SET billing_email = 'zeb@ducks.example' WHERE name = 'ACME South'",
    "UPDATE contract_accounts SET billing_email = 'zeb@ducks.example.org' WHERE name = 'ACME East'",
    """INSERT INTO access_templates (id, organization_id, name, audience, permissions, all_contract_accounts,
        contract_accounts, all_delivery_accounts, delivery_accounts)
    VALUES (gen_random_uuid(), $acme, 'As Zebulon Quackenbush has', 'ORGANIZATION', '{}', false, '{}', false, '{}')""",
)


async def add_zebulon(connection: asyncpg.Connection) -> list[int]:
    """Insert Zebulon with traces in every table. Returns the numbers of the events of ACME with something of him."""
    await connection.execute(_USER, ZEB, ACME_ID, EMAIL, FIRST, LAST, PHONE)
    await fill(connection, ACME_ID, ZEB, BEN)
    keys = {"zeb": ZEB, "acme": ACME_ID, "ben": BEN}
    for statement in _TEXTS:
        await connection.execute(Template(statement).substitute({name: f"'{key}'" for name, key in keys.items()}))
    return await add_events(connection)


async def add_events(connection: asyncpg.Connection) -> list[int]:
    """Insert audit events with something of Zebulon, and some without. Returns the numbers of those with, in ACME."""
    details: dict[str, Any] = {
        "firstName": FIRST,
        "lastName": LAST,
        "email": FORMER_EMAIL,
        "phone": PHONE,
        "country": "NL",
    }
    given = {"permissions": ["SUPPORT_VIEW"], "allContractAccounts": True}
    created = {name: [None, value] for name, value in {**details, **given}.items()}
    events: list[tuple[str, UUID | None, UUID | None, str | None, dict[str, Any] | None]] = [
        ("user.created", ADA, ZEB, "192.0.2.1", created),
        ("user.updated", ADA, ZEB, "192.0.2.1", {"email": [FORMER_EMAIL, EMAIL]}),
        ("session.refused", None, ZEB, ADDRESS, {"email": [None, EMAIL]}),
        ("session.started", ZEB, ZEB, ADDRESS, None),
        ("user.updated", ZEB, BEN, ADDRESS, {"firstName": ["Ben", "Benjamin"]}),
        ("user.viewed_as", ADA, ZEB, "192.0.2.1", {"reason": [None, "the duck man called"], "endsAt": [None, "x"]}),
        ("access_review.signed_off", BEN, None, "192.0.2.2", {"note": [None, f"All but {FIRST}  {LAST}"]}),
        ("user.updated", ADA, BEN, "192.0.2.1", {"lastName": ["Zebulon", "Quack"]}),
        ("session.started", BEN, BEN, "192.0.2.2", None),
    ]
    numbers = []
    for kind, actor, subject, address, changes in events:
        values = {"actor_id": actor, "subject_id": subject, "address": address, "organization_id": ACME_ID}
        numbers.append(await add_event(connection, kind, **values, changes=changes and json.dumps(changes)))
    unknown = {"address": ADDRESS, "changes": json.dumps({"email": [None, EMAIL]})}
    await add_event(connection, "session.refused", **unknown)
    await add_event(
        connection, "session.refused", address="192.0.2.9", changes=json.dumps({"email": [None, "a@b.example"]})
    )
    return numbers[:7]
