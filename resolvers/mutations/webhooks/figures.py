"""How many webhooks are in which condition, for monitoring."""

from collections.abc import Mapping

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Webhook, WebhookState


async def webhook_counts(connection: AsyncConnection) -> Mapping[str, int]:
    """Returns how many webhooks are active, of these how many `failing` ones, paused and stopped, in one statement."""
    conditions = {state.value.lower(): Webhook.state == state.value for state in WebhookState}
    conditions["failing"] = and_(Webhook.state == WebhookState.ACTIVE.value, Webhook.failing_since.is_not(None))
    counts = (func.count().filter(condition).label(name) for name, condition in conditions.items())
    return (await connection.execute(select(*counts))).one()._asdict()
