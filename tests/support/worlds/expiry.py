"""The expiry of grants in random worlds."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from hypothesis import strategies as st

from models import Permission

Grant = UUID | Permission
"""A permission, or an account, that is granted to a user."""

ENDS = tuple(datetime(2100 + number, 1, 1, tzinfo=UTC) for number in range(3))
"""When grants expire that have not expired yet."""

ENDED = datetime(2001, 1, 1, tzinfo=UTC)
"""When expired grants have expired."""

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
    """The expiry of some of the user's grants; and expired grants of some other permissions and `accounts`."""
    held = sorted((grant for grant in grants_of(user) if grant is not UNENDING), key=str)
    ends = tuple((grant, draw(st.sampled_from(ENDS))) for grant in held if draw(st.integers(0, 2)) == 0)
    others = [grant for grant in (*Permission, *accounts) if grant not in held and grant is not UNENDING]
    return ends, frozenset(draw(st.sets(st.sampled_from(others), max_size=3)) if others else ())
