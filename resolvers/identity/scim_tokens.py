"""Records when SCIM tokens are used."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, update

from models import ScimToken
from resolvers.callers.caller import Caller
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction

INTERVAL: Final = timedelta(minutes=1)
"""How often the use of a token is recorded at most."""


async def record_use(context: MutationContext, organization_id: UUID, token_id: UUID) -> None:
    """Record that a token of the organization is used now. Raises the errors of the database."""
    is_token = ScimToken.organization_id == organization_id, ScimToken.id == token_id
    is_old = or_(ScimToken.last_used_at.is_(None), ScimToken.last_used_at < func.now() - INTERVAL)
    used = update(ScimToken).where(*is_token, is_old).values(last_used_at=func.now())
    await run_in_transaction(context, Caller(), lambda work: work.execute(used))
