"""What is left of a user's access at a later moment."""

from dataclasses import replace
from datetime import datetime

from tests.support.worlds.models import User


def still(user: User, moment: datetime) -> User:
    """The user with the grants that are still in force at that later moment."""
    gone = {grant for grant, ends_at in user.ends if ends_at <= moment}
    return replace(
        user,
        permissions=user.permissions - gone,
        contract_accounts=user.contract_accounts - gone,
        delivery_accounts=user.delivery_accounts - gone,
        ends=tuple(end for end in user.ends if end[0] not in gone),
    )
