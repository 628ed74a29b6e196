"""Translates a residual of partial evaluation to a predicate. The grammar is strict: anything else is an error.

A residual is a conjunction. Its variables are elements of to-many relations. No condition connects two of them, so the
conditions split into one `Exists` per element, nested if an element is found through another:

    _this isa Service and _this.contract_account isa ContractAccount
      and grant in _this.contract_account.grants and grant isa ContractGrant and actor.id = grant.user_id
    ->
    All(NotNull("contract_account"), Exists("contract_account.grants", user_id = actor.id))
"""

from collections import defaultdict
from dataclasses import dataclass, field

from authz.actor import Identity
from authz.compiler.residual_terms import Operation, Residual, Term, TypePattern, Variable, describe
from authz.model.resources import TYPES, Attribute, Column, Relation, ResourceFlag, attributes
from authz.predicates.nodes import (
    FALSE,
    TRUE,
    All,
    Compare,
    Constant,
    Exists,
    Flag,
    NotNull,
    Null,
    Operator,
    Path,
    Predicate,
)
from models import Base

ROW = "_this"


class UntranslatableResidual(Exception):
    """A residual contains something that has no exact translation; the message says what."""


_OPERATORS = {
    "Unify": Operator.EQUAL,
    "Eq": Operator.EQUAL,
    "Neq": Operator.UNEQUAL,
    "Lt": Operator.LESS,
    "Leq": Operator.AT_MOST,
    "Gt": Operator.GREATER,
    "Geq": Operator.AT_LEAST,
}


@dataclass
class _Scope:
    """What is known so far of each variable: its model, its conditions, and the relation of which it is an element."""

    models: dict[str, type[Base]]
    conditions: defaultdict[str, set[Predicate]] = field(default_factory=lambda: defaultdict(set))
    elements: dict[str, tuple[str, Path]] = field(default_factory=dict)


def predicate_of(residual: Residual, model: type[Base]) -> Predicate:
    """Returns the predicate on rows of `model` that means the same as `residual`. Raises UntranslatableResidual."""
    scope = _Scope({ROW: model})
    conjuncts = _conjuncts(residual)
    try:
        return _translated(conjuncts, scope)
    except UntranslatableResidual:
        if any(_is_of_other_type(conjunct, scope) for conjunct in conjuncts):
            return FALSE
        raise


def _is_of_other_type(conjunct: Operation, scope: _Scope) -> bool:
    """Whether `conjunct` requires a type that its row never has.

    Oso doesn't know the type of a path from an element of a relation, so it tries the rules for all types.
    """
    match conjunct:
        case Operation("Isa", (subject, TypePattern(tag, False))) if tag in TYPES and _root(subject) in scope.models:
            root, path = _path(subject)
            if not path:
                return scope.models[root].__name__ != tag
            try:
                attribute = _attribute(scope, root, path)
            except UntranslatableResidual:
                return False
            return isinstance(attribute, Relation) and not attribute.many and attribute.target.__name__ != tag
    return False


def _translated(conjuncts: list[Operation], scope: _Scope) -> Predicate:
    pending = [conjunct for conjunct in conjuncts if conjunct.operator == "In"]
    while pending:
        ready = [conjunct for conjunct in pending if _root(conjunct.operands[1]) in scope.models]
        if not ready:
            raise UntranslatableResidual(f"an element of something unknown: {describe(pending[0])}")
        for conjunct in ready:
            _declare(conjunct, scope)
            pending.remove(conjunct)
    for conjunct in conjuncts:
        if conjunct.operator != "In":
            _add_condition(conjunct, scope)
    return _assemble(ROW, scope)


def _conjuncts(residual: Residual) -> list[Operation]:
    if not isinstance(residual, Operation):
        raise UntranslatableResidual(f"not a condition: {describe(residual)}")
    if residual.operator != "And":
        return [residual]
    return [conjunct for operand in residual.operands for conjunct in _conjuncts(operand)]


def _declare(conjunct: Operation, scope: _Scope) -> None:
    """Adds the element of `element in path` to the variables of the scope."""
    element, collection = conjunct.operands
    root, path = _path(collection)
    attribute = _attribute(scope, root, path) if path else None
    if not isinstance(element, Variable) or not isinstance(attribute, Relation) or not attribute.many:
        raise UntranslatableResidual(f"`in` without a to-many relation: {describe(conjunct)}")
    if element.name in scope.models:
        raise UntranslatableResidual(f"one element of two relations: {describe(conjunct)}")
    scope.models[element.name] = attribute.target
    scope.elements[element.name] = (root, path)


def _add_condition(conjunct: Operation, scope: _Scope) -> None:
    if conjunct.operator == "Isa" and len(conjunct.operands) == 2:
        root, condition = _isa(conjunct, scope)
    elif conjunct.operator in _OPERATORS and len(conjunct.operands) == 2:
        root, condition = _comparison(conjunct, scope)
    else:
        raise UntranslatableResidual(f"{conjunct.operator.lower()} over data: {describe(conjunct)}")
    scope.conditions[root].add(condition)


def _isa(conjunct: Operation, scope: _Scope) -> tuple[str, Predicate]:
    subject, pattern = conjunct.operands
    if not isinstance(pattern, TypePattern) or pattern.has_fields:
        raise UntranslatableResidual(f"a type with fields: {describe(conjunct)}")
    root, path = _path(subject)
    if not path:
        actual = scope.models[root].__name__ if root in scope.models else "nothing known"
        if actual != pattern.tag:
            raise UntranslatableResidual(f"{describe(subject)} is {actual}, not {pattern.tag}")
        return root, TRUE
    attribute = _attribute(scope, root, path)
    if isinstance(attribute, Relation) and (attribute.many or attribute.target.__name__ != pattern.tag):
        raise UntranslatableResidual(f"{describe(subject)} is not of type {pattern.tag}")
    return root, NotNull(path)


def _comparison(conjunct: Operation, scope: _Scope) -> tuple[str, Predicate]:
    operator = _OPERATORS[conjunct.operator]
    left, right = conjunct.operands
    if not _is_path(left) and operator in (Operator.EQUAL, Operator.UNEQUAL):
        left, right = right, left
    if not _is_path(left):
        raise UntranslatableResidual(f"the column must be on the left: {describe(conjunct)}")
    if isinstance(right, Variable | Operation | TypePattern | tuple):
        raise UntranslatableResidual(f"data compared with data: {describe(conjunct)}")
    root, path = _path(left)
    if not path:
        raise UntranslatableResidual(f"a whole row compared with a value: {describe(conjunct)}")
    try:
        return root, comparison(_attribute(scope, root, path), path, operator, right)
    except UntranslatableResidual as error:
        raise UntranslatableResidual(f"{error}: {describe(conjunct)}") from None


def comparison(attribute: Attribute, path: Path, operator: Operator, value: Constant | Identity | None) -> Predicate:
    """Returns the `attribute` at the end of `path` compared with `value`. Raises UntranslatableResidual."""
    if value is None and operator in (Operator.EQUAL, Operator.UNEQUAL) and not isinstance(attribute, ResourceFlag):
        if isinstance(attribute, Relation) and attribute.many:
            raise UntranslatableResidual("a to-many relation is never nil")
        return Null(path) if operator is Operator.EQUAL else NotNull(path)
    if isinstance(attribute, ResourceFlag):
        if operator is Operator.EQUAL and value is True:
            return _flag(attribute, path)
        raise UntranslatableResidual("a flag can be required, but not negated")
    if not isinstance(attribute, Column) or value is None or not is_comparable(attribute, operator, value):
        raise UntranslatableResidual("values that cannot be compared")
    if isinstance(value, bool) and operator is Operator.UNEQUAL:
        operator, value = Operator.EQUAL, not value
    return Compare(path, operator, value)


def is_comparable(column: Column, operator: Operator, value: Constant | Identity) -> bool:
    """Returns whether `column` and `value` have the same type, and `operator` means the same in Polar and in SQL."""
    equality = operator in (Operator.EQUAL, Operator.UNEQUAL)
    if isinstance(value, Identity):
        return equality and column.scalar.__name__ == "UUID"
    if isinstance(value, bool):
        return equality and column.scalar is bool
    return type(value) is column.scalar and (equality or column.allowed_values is None)


def _flag(flag: ResourceFlag, path: Path) -> Predicate:
    """Returns the condition that a flag means: on a column, if there is one for it."""
    row = path[:-1]
    match flag:
        case ResourceFlag.PRESENT:
            return Null((*row, "removed_at"))
        case ResourceFlag.REMOVED:
            return NotNull((*row, "removed_at"))
        case ResourceFlag.ACTIVATED:
            return NotNull((*row, "activated_at"))
        case ResourceFlag.AWAITING_ACTIVATION:
            return Null((*row, "activated_at"))
        case ResourceFlag.WITHIN_REACH_OF_ACTOR:
            return Flag(path)


def _assemble(root: str, scope: _Scope) -> Predicate:
    items = set(scope.conditions[root])
    for element, (owner, path) in scope.elements.items():
        if owner == root:
            items.add(Exists(path, _assemble(element, scope)))
    return All(frozenset(items))


def _is_path(term: Term) -> bool:
    return isinstance(term, Variable) or (isinstance(term, Operation) and term.operator == "Dot")


def _root(term: Term) -> str | None:
    return _path(term)[0] if _is_path(term) else None


def _path(term: Term) -> tuple[str, Path]:
    match term:
        case Variable(name):
            return name, ()
        case Operation("Dot", (inner, str() as step)):
            root, path = _path(inner)
            return root, (*path, step)
    raise UntranslatableResidual(f"not a column or a relation: {describe(term)}")


def _attribute(scope: _Scope, root: str, path: Path) -> Attribute:
    """Returns the attribute at the end of `path`, whose other steps must be to-one relations."""
    model = scope.models.get(root)
    if model is None:
        raise UntranslatableResidual(f"an unbound variable: {root}")
    for index, step in enumerate(path):
        attribute = attributes(model).get(step)
        if attribute is None:
            raise UntranslatableResidual(f"{model.__name__} has no {step}")
        if index == len(path) - 1:
            return attribute
        if not isinstance(attribute, Relation) or attribute.many:
            raise UntranslatableResidual(f"{model.__name__}.{step} does not lead to a single row")
        model = attribute.target
    raise UntranslatableResidual(f"not a column or a relation: {root}")
