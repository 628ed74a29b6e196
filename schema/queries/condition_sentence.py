"""Says in a sentence whether a condition of the policy holds."""

from models import Audience, ConditionKind, Permission
from resolvers.policy_analysis.explain import ExplainedCondition
from schema.declare.enums import PERMISSION_TEXTS


def sentence(condition: ExplainedCondition) -> str:
    """Returns a sentence about the user (*they*) and the resource (*it*)."""
    names = ", ".join(condition.names)
    yes, no = _sentences(condition.kind, names) or (
        f"This holds: {condition.text}.",
        f"This does not hold: {condition.text}.",
    )
    ending = f" ({condition.detail})" if condition.kind is ConditionKind.OTHER and condition.detail else ""
    return (yes if condition.holds else no).removesuffix(".") + f"{ending}."


def _sentences(kind: ConditionKind, names: str) -> tuple[str, str] | None:
    """Returns the sentences for a condition that holds, and for one that does not."""
    match kind:
        case ConditionKind.PERMISSION:
            name = PERMISSION_TEXTS[Permission(names)].name if names in Permission.__members__ else names
            return f"They have the permission {name}.", f"They don't have the permission {name}."
        case ConditionKind.AUDIENCE if names == Audience.ORGANIZATION:
            return "They are a user of the organization itself.", "They are not a user of the organization itself."
        case ConditionKind.AUDIENCE:
            return "They are a user of an end customer.", "They are not a user of an end customer."
        case ConditionKind.ALL_CONTRACT_ACCOUNTS:
            return "They have all contract accounts.", "They don't have all contract accounts."
        case ConditionKind.ALL_DELIVERY_ACCOUNTS:
            return "They have all delivery accounts.", "They don't have all delivery accounts."
        case ConditionKind.ORGANIZATION:
            return "It belongs to their organization.", "It belongs to another organization."
        case ConditionKind.GRANT:
            return f"They were given {names}.", f"They were not given {names}."
        case ConditionKind.CONNECTION:
            return f"It is connected with what they have through {names}.", "Nothing connects it with what they have."
        case _:
            return None
