"""The cases of webhooks: each succeeds once and is denied once, in an order in which they can run."""

from typing import Any

from sqlalchemy import text

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.mutations.audited import Case, Done, as_
from tests.support.queries import ask
from tests.support.server import Client

ADA, SAM = "ada@acme.example", "sam@acme.example"
OWN = f"org_{named_key(ACME)}"
HOOK = {"organization": OWN, "url": "https://hooks.example.com/in", "kinds": ["USER_CREATED"]}
SENT = """INSERT INTO webhook_deliveries (id, organization_id, webhook_id, cause, state, event_id, sequence)
SELECT gen_random_uuid(), organization_id, id, 'EVENT', 'DELIVERED', gen_random_uuid(), 1 FROM webhooks
RETURNING id"""


def on_webhook(who: str, **change: Any) -> Case:
    """A mutation of the webhook of ACME."""

    async def case(client: Client) -> Done:
        query = "query ($id: ID!) { organization(id: $id) { webhooks { webhookId deliveries { deliveryId } } } }"
        [webhook] = (await ask(client, ADA, query, id=OWN))["organization"]["webhooks"]
        return Done(who, {"id": webhook["webhookId"]} | change)

    return case


def resent(who: str) -> Case:
    """Sends an event once more."""

    async def case(client: Client) -> Done:
        async with client.backend.engine.begin() as connection:
            delivery = (await connection.execute(text(SENT))).scalar_one()
        return await on_webhook(who, delivery=f"whd_{delivery}")(client)

    return case


OF_WEBHOOKS: dict[str, tuple[Case, Case | None]] = {
    "createWebhook": (as_(ADA, **HOOK), as_(SAM, **HOOK)),
    "updateWebhook": (on_webhook(ADA, active=False), on_webhook(SAM, active=False)),
    "rotateWebhookSecret": (on_webhook(ADA), on_webhook(SAM)),
    "retireWebhookSecret": (on_webhook(ADA), on_webhook(SAM)),
    "sendWebhookTest": (on_webhook(ADA), on_webhook(SAM)),
    "resendWebhookEvent": (resent(ADA), resent(SAM)),
    "removeWebhook": (on_webhook(ADA), on_webhook(SAM)),
}
