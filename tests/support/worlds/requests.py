"""The access requests of random worlds: of members of every kind, for permissions, for accounts, and for nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st

from models import REQUESTABLE, AccessKind, AccessRequestState, Permission

if TYPE_CHECKING:
    from tests.support.worlds.models import Account, User

REQUEST_COLUMNS = (
    "id organization_id requester_id kind permission account contract_account_id delivery_account_id reason state "
    "created_at expires_at decided_by_id decided_at"
)
KINDS = (AccessKind.PERMISSION, AccessKind.CONTRACT_ACCOUNT, AccessKind.DELIVERY_ACCOUNT)


@dataclass(frozen=True)
class AccessRequest:
    """A request; one for an account has no `contract_account_id` and no `delivery_account_id` if its words name none.
    `over` is one whose time is over, which nobody has recorded yet."""

    id: UUID
    organization_id: UUID
    requester_id: UUID
    kind: AccessKind
    permission: Permission | None = None
    contract_account_id: UUID | None = None
    delivery_account_id: UUID | None = None
    state: AccessRequestState = AccessRequestState.PENDING
    over: bool = False

    @property
    def at(self) -> datetime:
        """The time of creation: the smaller key is not always the older one."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=self.id.int % 7)

    @property
    def shown(self) -> str:
        """The state in the API."""
        return "EXPIRED" if self.over and self.state is AccessRequestState.PENDING else self.state.value


def any_request(
    draw: st.DrawFn, key: UUID, user: "User", accounts: Callable[[AccessKind], Sequence["Account"]]
) -> AccessRequest:
    """A request of the user, a member of some organization, which has these `accounts`."""
    assert user.organization_id is not None
    kind, asked = draw(st.sampled_from(KINDS)), dict[str, Any]()
    own = [each.id for each in accounts(kind) if each.organization_id == user.organization_id]
    if kind is AccessKind.PERMISSION:
        asked = {"permission": draw(st.sampled_from(REQUESTABLE))}
    elif own:
        asked = {f"{kind.value.lower()}_id": draw(st.sampled_from([*own * 3, None]))}
    state = draw(st.sampled_from([AccessRequestState.PENDING] * 3 + list(AccessRequestState)))
    return AccessRequest(key, user.organization_id, user.id, kind, **asked, state=state, over=draw(st.booleans()))


def request_record(request: AccessRequest, now: datetime) -> tuple[Any, ...]:
    """Returns the values of `REQUEST_COLUMNS`."""
    decided = request.requester_id if request.state in ("APPROVED", "DECLINED") else None
    return (
        request.id, request.organization_id, request.requester_id, request.kind.value, request.permission,
        None if request.permission else "In words", request.contract_account_id, request.delivery_account_id, "Why",
        request.state.value, request.at, now + timedelta(days=-1 if request.over else 1), decided,
        None if request.state is AccessRequestState.PENDING else now,
    )  # fmt: skip
