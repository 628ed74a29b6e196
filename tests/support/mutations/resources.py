"""A resource of every kind, of ACME and of Globex, beside the demo data: what mutations name by id."""

from datetime import timedelta

from sqlalchemy import func, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    ApiClientSecret,
    Passkey,
    ScimToken,
    SignInDomain,
    Webhook,
    WebhookDelivery,
    new_id,
)
from tests.support.resolver_fixtures import PEAR, SOUTH

REVIEW, FOREIGN_REVIEW, ENTRY = new_id(), new_id(), new_id()
CLIENT, FOREIGN_CLIENT, SECRET, TEMPLATE = new_id(), new_id(), new_id(), new_id()
WEBHOOK, FOREIGN_WEBHOOK, DELIVERY = new_id(), new_id(), new_id()
SCIM_TOKEN, FOREIGN_SCIM_TOKEN = new_id(), new_id()
REQUEST, FOREIGN_REQUEST = new_id(), new_id()
DOMAIN, PASSKEY = new_id(), new_id()
OWN = {
    "usr": named_key("sue@acme.example"),
    "ca": SOUTH,
    "da": PEAR,
    "org": named_key(ACME),
    "rev": REVIEW,
    "rve": ENTRY,
    "cli": CLIENT,
    "tpl": TEMPLATE,
    "sec": SECRET,
    "arq": REQUEST,
    "whk": WEBHOOK,
    "whd": DELIVERY,
    "sct": SCIM_TOKEN,
    "dom": DOMAIN,
    "psk": PASSKEY,
}
"""The values of the other places of an input: resources that the admins of ACME see, and may grant or change."""

MORE_USERS = """INSERT INTO users
(id, organization_id, tenant_id, audience, email, kind, activated_at, removed_at, password_hash)
SELECT gen_random_uuid(), organization_id, tenant_id, audience, state || '@globex.example', kind, activated, removed,
  hash
FROM users, (VALUES ('pending', NULL, NULL, NULL), ('removed', now(), now(), 'argon2'))
  AS more (state, activated, removed, hash) WHERE email = 'max@globex.example'"""


MORE_TEMPLATES = """INSERT INTO access_templates
(id, organization_id, name, audience, permissions, all_contract_accounts, contract_accounts, all_delivery_accounts,
 delivery_accounts, version)
SELECT :id, :organization, 'Viewers', 'ORGANIZATION', '{SITES_SERVICES_VIEW}', false, '{}', false, '{}', version
FROM users WHERE id = :user"""
"""With the version that the tests send."""


async def add_resources(engine: AsyncEngine) -> None:
    """Add them, and users of Globex in every state."""
    async with engine.begin() as connection:
        await connection.execute(text(MORE_USERS))
        reviews = [(REVIEW, named_key(ACME)), (FOREIGN_REVIEW, named_key("Globex"))]
        for key, owner in reviews:
            values = {"id": key, "organization_id": owner, "policy_version": "some", "state": "COMPLETE"}
            await connection.execute(insert(AccessReview).values(recorded_at=func.now(), **values))
        recorded = {"user_email": "a@b.example", "user_name": "A", "user_status": "ACTIVE", "why": "no access"}
        entries = [
            (ENTRY, REVIEW, ACME, "sue@acme.example"),
            (new_id(), FOREIGN_REVIEW, "Globex", "max@globex.example"),
        ]
        for key, review, organization, email in entries:
            values = {"id": key, "review_id": review, "organization_id": named_key(organization), "kind": "NOTHING"}
            await connection.execute(insert(AccessReviewEntry).values(user_id=named_key(email), **values, **recorded))
        clients = [(CLIENT, ACME, "ada@acme.example"), (FOREIGN_CLIENT, "Globex", "max@globex.example")]
        for key, organization, email in clients:
            values = {"id": key, "organization_id": named_key(organization), "owner_id": named_key(email)}
            await connection.execute(insert(ApiClient).values(name="Export", scopes=["basic.read"], **values))
        secrets = [(SECRET, CLIENT, ACME), (new_id(), CLIENT, ACME), (new_id(), FOREIGN_CLIENT, "Globex")]
        for key, client, organization in secrets:
            of_client = {"organization_id": named_key(organization), "api_client_id": client}
            stored = {"id": key, "secret_hash": key.bytes, "hint": "hint"}
            await connection.execute(insert(ApiClientSecret).values(**of_client, **stored))
        tokens = [(SCIM_TOKEN, ACME, "ada@acme.example"), (FOREIGN_SCIM_TOKEN, "Globex", "max@globex.example")]
        for key, organization, email in tokens:
            values = {"id": key, "organization_id": named_key(organization), "maker_id": named_key(email)}
            until = func.now() + timedelta(days=1)
            stored = {"name": "Okta", "token_hash": key.bytes, "hint": "hint", "expires_at": until}
            await connection.execute(insert(ScimToken).values(**values, **stored))
        requests = [(REQUEST, ACME, "sue@acme.example"), (FOREIGN_REQUEST, "Globex", "max@globex.example")]
        for key, organization, email in requests:
            asked = {"kind": "CONTRACT_ACCOUNT", "account": "That in Oslo", "reason": "Audit"}
            values = {"id": key, "organization_id": named_key(organization), "requester_id": named_key(email)}
            in_time = func.now() + timedelta(days=1)
            await connection.execute(insert(AccessRequest).values(**asked, **values, expires_at=in_time))
        webhooks = [
            (WEBHOOK, DELIVERY, ACME, "ada@acme.example"),
            (FOREIGN_WEBHOOK, new_id(), "Globex", "max@globex.example"),
        ]
        for key, delivery, organization, email in webhooks:
            own = {"organization_id": named_key(organization), "owner_id": named_key(email), "kinds": ["user.created"]}
            secret = {"secret": b"encrypted", "secret_hint": "hint", "former_secret": b"former", "former_hint": "form"}
            url = "https://hooks.example.com/in"
            await connection.execute(insert(Webhook).values(id=key, url=url, position=0, **own, **secret))
            sent = {"cause": "EVENT", "state": "DELIVERED", "event_id": new_id(), "sequence": 1}
            of_webhook = {"organization_id": named_key(organization), "webhook_id": key}
            await connection.execute(insert(WebhookDelivery).values(id=delivery, **of_webhook, **sent))
    await _add_passkeys(engine)
    async with engine.begin() as connection:
        for key, organization in [(DOMAIN, ACME), (new_id(), "Globex")]:
            values = {"id": key, "organization_id": named_key(organization), "domain": "shared.example"}
            await connection.execute(insert(SignInDomain).values(challenge="t", **values))
        for key, organization in [(TEMPLATE, ACME), (new_id(), "Globex")]:
            await connection.execute(
                text(MORE_TEMPLATES),
                {"id": key, "organization": named_key(organization), "user": named_key("sue@acme.example")},
            )


async def _add_passkeys(engine: AsyncEngine) -> None:
    passkeys = [(PASSKEY, ACME, "ada@acme.example"), (new_id(), "Globex", "max@globex.example")]
    async with engine.begin() as connection:
        for key, organization, email in passkeys:
            values = {"id": key, "tenant_id": named_key(organization), "user_id": named_key(email), "name": "Phone"}
            stored = {"credential_id": key.bytes, "public_key": b"", "sign_count": 0, "transports": []}
            await connection.execute(insert(Passkey).values(**values, **stored))
