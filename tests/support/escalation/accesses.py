"""The access that somebody tries to give or asks for, in a property about escalation."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from models import CONTRACT, DELIVERY, Audience, Permission
from resolvers import public_id
from resolvers.access.account_access import GrantEnd, GrantKind
from resolvers.mutations.access_requests.request import NewRequest
from tests.support.worlds.expiry import ENDS
from tests.support.worlds.models import ADMIN, VIEW, User, World
from tests.support.worlds.oracle import Oracle

LATER = (*ENDS, ENDS[-1] + timedelta(days=1))
"""Moments at which some of what ends has ended, and one at which all has."""


def wish_for(access: dict[str, Any]) -> NewRequest:
    """A request for one thing of `access`, until it ends there; without one, for what most may give."""
    ends = {end.key: end.ends_at for field in ("permission_ends", "account_ends") for end in access.get(field, ())}
    for permission in access.get("permissions", ()):
        if permission is not VIEW:
            return NewRequest("Why", permission=permission, ends_at=ends.get(permission))
    for field, kind in (("contract_account", CONTRACT), ("delivery_account", DELIVERY)):
        for account in access.get(f"{field}s", ()):
            words: dict[str, Any] = {field: public_id.encode(kind.accounts, account)}
            return NewRequest("Why", ends_at=ends.get(account), **words)
    return NewRequest("Why", permission=Permission.SUPPORT_VIEW)


def accesses(
    world: World, root: User, permissions: st.SearchStrategy[tuple[Permission, ...]] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """The access that an actor may try to grant, mostly with accounts that `root` reaches, and with `permissions`;
    without these, mostly with what makes an admin."""
    oracle = Oracle(world, root)

    def some(kind: str, accounts: tuple[Any, ...]) -> st.SearchStrategy[tuple[UUID, ...]]:
        reached = [each.id for each in accounts if each.id in oracle.allowed(kind, "view")]
        own = [each.id for each in accounts if each.organization_id == root.organization_id]
        foreign = [each.id for each in accounts if each.organization_id != root.organization_id]
        return st.lists(st.sampled_from(reached * 6 + own * 2 + foreign[:1]), max_size=2, unique=True).map(tuple)

    def either(everything: str, listed: str, kind: str) -> st.SearchStrategy[dict[str, Any]]:
        one_by_one = some(kind, world.things[kind]).map(lambda ids: {everything: False, listed: ids})
        return one_by_one | st.sampled_from([{}, {everything: True, listed: ()}])

    if permissions is None:
        more = st.sets(st.sampled_from(Permission), max_size=2).map(lambda given: (ADMIN, *sorted(given - {ADMIN})))
        permissions = st.just((ADMIN,)) | more
    parts: tuple[st.SearchStrategy[dict[str, Any]], ...] = (
        st.just({}) | st.sampled_from(Audience).map(lambda audience: {"audience": audience}),
        st.just({}) | permissions.map(lambda given: {"permissions": given}),
        either("all_contract_accounts", "contract_accounts", "ContractAccount"),
        either("all_delivery_accounts", "delivery_accounts", "DeliveryAccount"),
    )
    given = st.tuples(*parts).map(lambda drawn: {key: value for part in drawn for key, value in part.items()})
    return given.map(_possible).flatmap(with_ends)


def _possible(access: dict[str, Any]) -> dict[str, Any]:
    """The access without all delivery accounts for somebody of an end customer, whom nobody can give them."""
    impossible = access.get("audience") is Audience.DELIVERY and access.get("all_delivery_accounts")
    return access | {"all_delivery_accounts": False} if impossible else access


def with_ends(access: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The same with expiry of some of what it lists, or without a word about expiry."""

    def some(field: str, what: GrantKind) -> st.SearchStrategy[tuple[GrantEnd, ...]]:
        moments = st.none() | st.sampled_from(ENDS)
        each = [moments.map(partial(_end, what, key)) for key in access.get(field, ()) if key is not VIEW]
        return st.tuples(*each).map(lambda ends: tuple(end for end in ends if end))

    accounts = st.tuples(
        some("contract_accounts", GrantKind.CONTRACT_ACCOUNT), some("delivery_accounts", GrantKind.DELIVERY_ACCOUNT)
    ).map(lambda both: both[0] + both[1])
    ends = st.fixed_dictionaries(
        {}, optional={"permission_ends": some("permissions", GrantKind.PERMISSION), "account_ends": accounts}
    )
    return ends.map(lambda drawn: access | drawn)


def _end(what: GrantKind, key: Any, moment: datetime | None) -> GrantEnd | None:
    return GrantEnd(what, key, moment) if moment else None
