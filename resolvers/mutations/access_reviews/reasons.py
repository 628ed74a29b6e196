"""Builds the reasons of the entries of access reviews as JSON, which clients put into words.

    [{"kind": "POLICY", "conditions": [{"kind": "GRANT", "name": "ACME South"},
                                       {"kind": "PERMISSION", "name": "SITES_SERVICES_VIEW"}]}]

Each reason is enough by itself; all of its conditions were required. Their kinds are those of `explainAccess`. A
condition that the user must not meet has `"holds": false`. OTHER has the label of the row or trait as its name.
"""

import json
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, cast, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from authz.routes import RequiredTrait
from models import AccessReasonKind, Base, ConditionKind, ContractGrant, DeliveryGrant, UserPermission
from resolvers.policy_analysis.row_labels import RowLabel

_ROW_KINDS: Final[Mapping[type[Base], ConditionKind]] = {
    ContractGrant: ConditionKind.GRANT,
    DeliveryGrant: ConditionKind.GRANT,
    UserPermission: ConditionKind.PERMISSION,
}
_TRAIT_KINDS: Final[Mapping[str, ConditionKind]] = {
    "permission": ConditionKind.PERMISSION,
    "audience": ConditionKind.AUDIENCE,
    "all_contract_accounts": ConditionKind.ALL_CONTRACT_ACCOUNTS,
    "all_delivery_accounts": ConditionKind.ALL_DELIVERY_ACCOUNTS,
}


def reason(kind: AccessReasonKind, *conditions: ColumnElement[Any]) -> ColumnElement[Any]:
    """Returns a reason as JSON. `conditions` are JSON arrays, which are joined."""
    arrays = conditions or (cast(literal("[]", Text), JSONB),)
    joined = reduce(lambda first, second: first.op("||", return_type=JSONB())(second), arrays)
    return _object(kind=literal(kind.value, Text), conditions=joined)


def row_conditions(rows: Iterable[tuple[type[Base], RowLabel]]) -> ColumnElement[Any]:
    """Returns the JSON array of conditions that rows of these models meet."""
    return func.jsonb_build_array(*(_row_condition(model, label) for model, label in rows), type_=JSONB())


def trait_conditions(traits: Iterable[RequiredTrait]) -> str:
    """Returns the JSON text of the array of conditions that an actor's traits meet."""
    return json.dumps([_trait_condition(trait) for trait in traits])


def _row_condition(model: type[Base], label: RowLabel) -> ColumnElement[Any]:
    kind = literal(_ROW_KINDS.get(model, ConditionKind.CONNECTION).value, Text)
    own = _object(kind=kind, name=label.name)
    if label.holder is None:
        return own
    of_other = _object(kind=literal(ConditionKind.OTHER.value, Text), name=label.text)
    return case((label.holder == literal("", Text), own), else_=of_other)


def _trait_condition(trait: RequiredTrait) -> dict[str, Any]:
    kind = _TRAIT_KINDS.get(trait.name, ConditionKind.OTHER)
    if kind is ConditionKind.OTHER:
        return {"kind": kind.value, "name": str(trait)}
    values: dict[str, Any] = {"kind": kind.value, "name": trait.value, "holds": None if trait.holds else False}
    return {key: value for key, value in values.items() if value is not None}


def _object(**values: ColumnElement[Any]) -> ColumnElement[Any]:
    pairs = (part for key, value in values.items() for part in (literal(key, Text), value))
    return func.jsonb_build_object(*pairs, type_=JSONB())
