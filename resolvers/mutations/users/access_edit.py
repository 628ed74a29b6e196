"""One change of the access of many users: what each gets or loses in addition to what they have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Protocol
from uuid import UUID

from authz.access import Access
from models import ACCOUNT_KINDS, AccountKind, Audience, Permission
from resolvers.access.account_access import AccountAccess, GrantEnd, GrantKind
from resolvers.access.assignability import access_problems, unassignable_accounts
from resolvers.access.expiry import AssignmentFacts
from resolvers.errors import Problem, invalid

_ADDED: Final = {
    "permissions": "addPermissions",
    "contractAccounts": "addContractAccounts",
    "deliveryAccounts": "addDeliveryAccounts",
}
_REMOVED: Final = {
    GrantKind.PERMISSION: "removePermissions",
    GrantKind.CONTRACT_ACCOUNT: "removeContractAccounts",
    GrantKind.DELIVERY_ACCOUNT: "removeDeliveryAccounts",
}

PAST: Final = "An end must be in the future."


class Ends(Enum):
    """Stands for an end that is not given."""

    KEPT = "kept"


class Edit(Protocol):
    """A change of access that many users get."""

    @property
    def named(self) -> AccountAccess:
        """The accounts and ends that the change names, as access: what decides about them is looked up."""

    def after(self, before: AccountAccess) -> AccountAccess:
        """The access of a user who has `before`."""

    def problems(self, access: Access, facts: AssignmentFacts) -> list[Problem]:
        """The problems of the change itself, whoever the users are."""

    def problems_of(self, before: AccountAccess) -> list[Problem]:
        """The problems of the change for a user who has `before`, beside those of the access that results."""

    def template_of(self, template_id: UUID | None, before: AccountAccess, after: AccountAccess) -> UUID | None:
        """The template of a user afterwards who has this one."""


@dataclass(frozen=True, slots=True)
class AccessEdit:
    """Adds and removes individual grants, and sets ends. None in a list stands for an id that no account can have.

    A user who has all accounts has those that are added already. `ends_at` is the end of all individual grants that a
    user has afterwards, None for no end; `permission_ends` and `account_ends` are those of single ones, and prevail. A
    grant that a user has already keeps its end unless one is given.
    """

    added: Mapping[GrantKind, tuple[Any, ...]]
    removed: Mapping[GrantKind, tuple[Any, ...]]
    permission_ends: tuple[GrantEnd, ...] = ()
    account_ends: tuple[GrantEnd, ...] = ()
    ends_at: datetime | Ends | None = Ends.KEPT

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing for anybody."""
        lists = (*self.added.values(), *self.removed.values(), self.permission_ends, self.account_ends)
        return self.ends_at is Ends.KEPT and not any(lists)

    @property
    def named(self) -> AccountAccess:
        """As `Edit.named`."""

        def accounts(kind: GrantKind) -> tuple[Any, ...]:
            ending = (end.key for end in self.account_ends if end.kind is kind)
            return (*self.added.get(kind, ()), *self.removed.get(kind, ()), *ending)

        return replace(
            self._given,
            contract_accounts=accounts(GrantKind.CONTRACT_ACCOUNT),
            delivery_accounts=accounts(GrantKind.DELIVERY_ACCOUNT),
        )

    @property
    def _given(self) -> AccountAccess:
        """What is added, as the access of a user who had nothing. The given ends come first, in their order."""
        keys = {kind: self.added.get(kind, ()) for kind in GrantKind}
        ends = {kind: tuple(self._general_ends(kind, keys[kind])) for kind in GrantKind}
        return AccountAccess(
            Audience.ORGANIZATION,
            keys[GrantKind.PERMISSION],
            contract_accounts=keys[GrantKind.CONTRACT_ACCOUNT],
            delivery_accounts=keys[GrantKind.DELIVERY_ACCOUNT],
            permission_ends=self.permission_ends + ends[GrantKind.PERMISSION],
            account_ends=self.account_ends + ends[GrantKind.CONTRACT_ACCOUNT] + ends[GrantKind.DELIVERY_ACCOUNT],
        )

    def _general_ends(self, kind: GrantKind, keys: Sequence[Any]) -> Iterator[GrantEnd]:
        """The ends by `ends_at` of grants with these keys."""
        if isinstance(self.ends_at, datetime):
            named = {end.key for end in (*self.permission_ends, *self.account_ends)}
            for key in keys:
                if key not in named and key is not Permission.SITES_SERVICES_VIEW:
                    yield GrantEnd(kind, key, self.ends_at)

    def after(self, before: AccountAccess) -> AccountAccess:
        """As `Edit.after`."""
        keys = {kind: self._keys(before, kind) for kind in GrantKind}
        ends = [end for kind in GrantKind for end in self._ends(before, kind, keys[kind])]
        return replace(
            before,
            permissions=keys[GrantKind.PERMISSION],
            contract_accounts=keys[GrantKind.CONTRACT_ACCOUNT],
            delivery_accounts=keys[GrantKind.DELIVERY_ACCOUNT],
            permission_ends=tuple(end for end in ends if end.kind is GrantKind.PERMISSION),
            account_ends=tuple(end for end in ends if end.kind is not GrantKind.PERMISSION),
        )

    def _keys(self, before: AccountAccess, kind: GrantKind) -> tuple[Any, ...]:
        kept = [key for key in before.keys(kind) if key not in self.removed.get(kind, ())]
        added = () if _has_all(before, kind.value) else self.added.get(kind, ())
        return tuple(dict.fromkeys((*kept, *added)))

    def _ends(self, before: AccountAccess, kind: GrantKind, keys: Sequence[Any]) -> Iterator[GrantEnd]:
        given = [end for end in (*self.permission_ends, *self.account_ends) if end.kind is kind]
        named = {end.key for end in given}
        yield from self._general_ends(kind, keys)
        if self.ends_at is Ends.KEPT:
            yield from (
                GrantEnd(kind, key, end) for key, end in before.ends(kind).items() if key in keys and key not in named
            )
        has_all = _has_all(before, kind.value)
        # Who has all accounts doesn't get the added one, and so no end of it.
        yield from (end for end in given if not (has_all and end.key in self.added.get(kind, ())))

    def problems(self, access: Access, facts: AssignmentFacts) -> list[Problem]:
        """As `Edit.problems`."""
        found = [self._in_input(problem, facts) for problem in access_problems(access, facts, self._given)]
        found += [problem for kind in GrantKind for problem in self._removal_problems(facts, kind)]
        if isinstance(self.ends_at, datetime) and self.ends_at <= facts.now:
            found.append(invalid(PAST, "input", "endsAt"))
        return list(dict.fromkeys(problem for problem in found if problem is not None))

    def _in_input(self, problem: Problem, facts: AssignmentFacts) -> Problem | None:
        """The problem of `_given` at its field of the input. None if it is not a problem of the change."""
        if len(problem.path) < 3:
            # It is about access that is not in the change, such as the audience.
            return None
        _, field, index, *rest = problem.path
        given = {"permissionEnds": self.permission_ends, "accountEnds": self.account_ends}.get(field)
        if given is None:
            return replace(problem, path=("input", _ADDED[field], index))
        if int(index) >= len(given):
            return replace(problem, path=("input", "endsAt"))
        end = given[int(index)]
        # A user may have the grant already: but nothing that the admin can't assign.
        assignable = facts.assignable.get(end.kind, frozenset(Permission) - {Permission.SITES_SERVICES_VIEW})
        may_be_kept = end.key in assignable and end.key not in self.added.get(end.kind, ())
        return None if may_be_kept and rest != ["endsAt"] else problem

    def _removal_problems(self, facts: AssignmentFacts, kind: GrantKind) -> Iterator[Problem]:
        removed, field = self.removed.get(kind, ()), _REMOVED[kind]
        if kind.value is not None:
            yield from unassignable_accounts(facts, kind, removed, field)
        for index, key in enumerate(removed):
            if key is Permission.SITES_SERVICES_VIEW:
                yield invalid(f"Every user has {key.value}, so it can't be taken away.", "input", field, str(index))
            elif key is not None and key in self.added.get(kind, ()):
                yield invalid("The same can't be given and taken away.", "input", field, str(index))

    def problems_of(self, before: AccountAccess) -> list[Problem]:
        """As `Edit.problems_of`."""
        return [
            invalid(f"The user has all {kind.field.replace('_', ' ')}, so a single one can't be taken away.", "input")
            for kind in ACCOUNT_KINDS
            if self.removed.get(GrantKind(kind)) and _has_all(before, kind)
        ]

    def template_of(self, template_id: UUID | None, before: AccountAccess, after: AccountAccess) -> UUID | None:
        """As `Edit.template_of`."""
        return kept_template(template_id, before, after)


def kept_template(template_id: UUID | None, before: AccountAccess, after: AccountAccess) -> UUID | None:
    """The template of a user whose access is changed by hand: the same, unless they get or lose something."""
    return template_id if after.gives_what(before) else None


def _has_all(access: AccountAccess, kind: AccountKind | None) -> bool:
    return kind is not None and bool(getattr(access, kind.all_flag))
