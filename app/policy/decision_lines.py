"""The lines of the decision log: one JSON object per decision. They contain no names, emails or secrets.

    {"at": "2026-11-29T14:40:03.512Z", "request": "5f0c…", "policy": "3b26fefe9cba5a41",
     "actor": {"id": "usr_~9d1c…", "kind": "Member", "audience": "ORGANIZATION", "permissions": ["BILLING_VIEW"], …},
     "action": "remove", "type": "User", "thing": "usr_~77ab…", "decision": "denied", "rules": ["policies.polar:87"]}

A decision is about a single row (`thing`), about all rows of a type (no `thing`: the policy became a condition of the
statement, so `filtered` unless it is true or false for every row), or about a capability (no `type`, but `values`).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from authz.actor import Actor, ActorKind, Traits
from authz.decisions import held_values
from authz.model.actions import ACTIONS, Capability
from authz.policy import Policy
from authz.predicates.nodes import FALSE, TRUE
from authz.recording import Check, DecisionRequest
from models import ApiClient, Audience, Base, Permission, Scope, User
from resolvers.encryption import keyed_hash
from resolvers.policy_analysis.replay import PastDecision

MASK = "~"
"""The mark of an id that is a keyed hash."""

_HASH_DIGITS = 24
_MODELS = {model.__name__: model for model in ACTIONS}

IdText = Callable[[type[Base], UUID], str]
"""How the log writes the id of a row: plain, or hashed."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Decisions that were made together, in one statement or transaction, at `at` (seconds since 1970)."""

    at: float
    request_id: str
    actor: Actor
    policy: Policy
    requests: frozenset[DecisionRequest]
    checks: Sequence[Check]


def hashed_ids(secret_key: bytes) -> IdText:
    """Writes ids as keyed hashes: equal ids have equal hashes, and only a holder of the key can find the row."""

    def text(model: type[Base], key: UUID) -> str:
        digest = keyed_hash(secret_key, "decision log", f"{model.id_prefix}_{key}").hex()
        return f"{model.id_prefix}_{MASK}{digest[:_HASH_DIGITS]}"

    return text


def lines_of(occasion: Occasion, id_text: IdText) -> Iterator[str]:
    """The lines of the decisions, each with its line feed.

    What was decided about all rows of a type to check a single one is left out.
    """
    at = datetime.fromtimestamp(occasion.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    shared = {
        "at": at,
        "request": occasion.request_id,
        "policy": occasion.policy.version,
        "actor": _actor(occasion.actor, id_text),
    }
    checked = {check.model for check in occasion.checks}
    for check in occasion.checks:
        rules = _rules(occasion, check.action, check.model)
        thing, decision = id_text(check.model, check.key), "allowed" if check.allowed else "denied"
        yield _line(shared, action=check.action, type=check.model.__name__, thing=thing, decision=decision, rules=rules)
    requests = [(action, model) for action, model in occasion.requests if model is None or model not in checked]
    for action, model in sorted(requests, key=lambda request: (request[0], request[1].__name__ if request[1] else "")):
        if model is None:
            values = sorted(held_values(occasion.policy, occasion.actor.traits, Capability(action)))
            decision = "allowed" if values else "denied"
            yield _line(shared, action=action, decision=decision, values=[value for value in values if value])
        else:
            decision = _about_all(occasion, action, model)
            rules = _rules(occasion, action, model)
            yield _line(shared, action=action, type=model.__name__, decision=decision, rules=rules)


def _line(shared: dict[str, Any], **decision: Any) -> str:
    return json.dumps(shared | decision, separators=(",", ":")) + "\n"


def _actor(actor: Actor, id_text: IdText) -> dict[str, Any]:
    traits = actor.traits
    return {
        "id": id_text(User, actor.id),
        "client": actor.client_id and id_text(ApiClient, actor.client_id),
        "kind": traits.kind.value,
        "audience": traits.audience.value,
        "permissions": sorted(traits.permissions),
        "allContractAccounts": traits.all_contract_accounts,
        "allDeliveryAccounts": traits.all_delivery_accounts,
        "scopes": sorted(traits.scopes),
    }


def _rules(occasion: Occasion, action: str, model: type[Base]) -> list[str]:
    """The `allow` rules by which an actor with these traits may be allowed."""
    branches = occasion.policy.decision(occasion.actor.traits, action, model).branches
    rules = (branch.sources[0] for branch in branches if branch.where != FALSE and branch.sources)
    return list(dict.fromkeys(map(str, rules)))


def _about_all(occasion: Occasion, action: str, model: type[Base]) -> str:
    where = occasion.policy.decision(occasion.actor.traits, action, model).where
    return {TRUE: "allowed", FALSE: "denied"}.get(where, "filtered")


def parse(line: str) -> PastDecision:
    """Parses the decision of a line. Raises ValueError if the line isn't a decision."""
    try:
        fields = json.loads(line)
        actor = fields["actor"]
        model = _MODELS[fields["type"]] if "type" in fields else None
        action = ACTIONS[model](fields["action"]).value if model else Capability(fields["action"]).value
        return PastDecision(
            version=str(fields["policy"]),
            actor=str(actor["id"]),
            client=actor["client"] and str(actor["client"]),
            traits=_traits(actor),
            action=action,
            model=model,
            resource=str(fields["thing"]) if "thing" in fields else None,
            allowed={"allowed": True, "denied": False, "filtered": None}[fields["decision"]],
            values=frozenset(map(str, fields.get("values", ()))),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a decision: {error}") from error


def _traits(actor: dict[str, Any]) -> Traits:
    return Traits(
        ActorKind(actor["kind"]),
        Audience(actor["audience"]),
        frozenset(map(Permission, actor["permissions"])),
        bool(actor["allContractAccounts"]),
        bool(actor["allDeliveryAccounts"]),
        frozenset(map(Scope, actor["scopes"])),
    )
