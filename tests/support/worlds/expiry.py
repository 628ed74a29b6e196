"""The ends of grants in random worlds."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from hypothesis import strategies as st

from models import Permission

Grant = UUID | Permission
"""A permission, or an account, that a user is given."""

ENDS = tuple(datetime(2100 + number, 1, 1, tzinfo=UTC) for number in range(3))
"""When grants end that have not ended yet."""

ENDED = datetime(2001, 1, 1, tzinfo=UTC)
"""When grants ended that have."""

UNENDING = Permission.SITES_SERVICES_VIEW


class Given(Protocol):
    """A user of a random world."""

    @property
    def permissions(self) -> frozenset[Permission]: ...
    @property
    def contract_accounts(self) -> frozenset[UUID]: ...
    @property
    def delivery_accounts(self) -> frozenset[UUID]: ...


def grants_of(user: Given) -> frozenset[Grant]:
    """The permissions, and the accounts one by one."""
    return user.permissions | user.contract_accounts | user.delivery_accounts


@st.composite
def some_ends(
    draw: st.DrawFn, user: Given, accounts: Collection[UUID]
) -> tuple[tuple[tuple[Grant, datetime], ...], frozenset[Grant]]:
    """Ends of some of what the user has; and some of all other permissions and `accounts`, as what they had once."""
    held = sorted((grant for grant in grants_of(user) if grant is not UNENDING), key=str)
    ends = tuple((grant, draw(st.sampled_from(ENDS))) for grant in held if draw(st.integers(0, 2)) == 0)
    others = [grant for grant in (*Permission, *accounts) if grant not in held and grant is not UNENDING]
    return ends, frozenset(draw(st.sets(st.sampled_from(others), max_size=3)) if others else ())
