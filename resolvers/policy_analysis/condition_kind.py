"""Names what a condition of the policy is about, so that it can be said in a sentence.

    "BILLING_VIEW" in actor.permissions                         PERMISSION                BILLING_VIEW
    grant in account.grants and grant.user_id = actor.id        GRANT                     ACME East
    service in account.services and …                           CONNECTION                SVC-000004, SVC-000005

Conditions that a policy author writes in another form are OTHER: they are said as they stand in the policy.
"""

import re
from typing import Final

from authz.actor import Identity
from authz.explain.diagnosis import ConditionGroup
from authz.predicates.nodes import FALSE, TRUE, Compare, Exists, Operator, Path, Predicate
from models import ConditionKind

OWN: Final = Compare(("user_id",), Operator.EQUAL, Identity.ID)
"""The condition that a grant is the actor's."""


_TRAITS: Final = {
    ConditionKind.PERMISSION: re.compile(r'"(\w+)" in \w+\.permissions'),
    ConditionKind.AUDIENCE: re.compile(r'\w+\.audience = "(\w+)"'),
    ConditionKind.ALL_CONTRACT_ACCOUNTS: re.compile(r"\w+\.all_contract_accounts()"),
    ConditionKind.ALL_DELIVERY_ACCOUNTS: re.compile(r"\w+\.all_delivery_accounts()"),
}


def kind_of(group: ConditionGroup) -> tuple[ConditionKind, str]:
    """Returns the kind of a condition, and the permission or audience that it requires; empty for other kinds."""
    if group.predicate in (TRUE, FALSE):
        for kind, pattern in _TRAITS.items():
            if found := pattern.fullmatch(group.text):
                return kind, found[1]
        return ConditionKind.OTHER, ""
    return _kind_of_row(group.predicate), ""


def is_own_grant(path: Path, where: Predicate) -> bool:
    """Whether `Exists(path, where)` requires a grant of the actor's."""
    return path[-1] == "grants" and where == OWN


def _kind_of_row(predicate: Predicate) -> ConditionKind:
    match predicate:
        case Exists(path, where) if is_own_grant(path, where):
            return ConditionKind.GRANT
        case Exists():
            return ConditionKind.CONNECTION
        case Compare((*_, "organization_id"), Operator.EQUAL, Identity.ORGANIZATION_ID):
            return ConditionKind.ORGANIZATION
        case _:
            return ConditionKind.OTHER
