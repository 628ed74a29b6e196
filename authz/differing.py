"""Whether two policies mean the same for some actors, as far as the form of what they compile to tells."""

from authz.actor import Traits
from authz.assignable import assignable
from authz.policy import Policy
from authz.predicate import All, Any, Exists, Flag, Predicate
from authz.vocabulary import ContractAccountAction, DeliveryAccountAction
from models import Base, ContractAccount, DeliveryAccount


def differ(first: Policy, second: Policy, traits: Traits, action: str, model: type[Base]) -> bool:
    """Whether actors with `traits` might be allowed `action` on other rows of `model` by the one than by the other.

    False is certain; true may be an equal meaning in another form. Compiles both, which takes milliseconds.
    """
    wheres = [policy.decision(traits, action, model).where for policy in (first, second)]
    if wheres[0] != wheres[1]:
        return True
    return _has_flag(wheres[0]) and _gives(first, traits) != _gives(second, traits)


def _gives(policy: Policy, traits: Traits) -> object:
    """What the flag `within_reach_of_actor` stands for."""
    return (
        assignable(policy, traits),
        policy.decision(traits, ContractAccountAction.ASSIGN, ContractAccount).where,
        policy.decision(traits, DeliveryAccountAction.ASSIGN, DeliveryAccount).where,
    )


def _has_flag(predicate: Predicate) -> bool:
    match predicate:
        case All(items) | Any(items):
            return any(map(_has_flag, items))
        case Exists(_, where):
            return _has_flag(where)
    return isinstance(predicate, Flag)
