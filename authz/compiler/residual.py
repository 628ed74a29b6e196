"""A residual of partial evaluation as a predicate, under a strict grammar: what is not in it is an error.

A residual is a conjunction. Its variables are elements of to-many relations; each is asked for on its own, so the
conditions fall apart into one `Exists` per element, nested where an element is found through another:

    _this isa Service and _this.contract_account isa ContractAccount
      and grant in _this.contract_account.grants and grant isa ContractGrant and actor.id = grant.user_id
    ->
    All(NotNull("contract_account"), Exists("contract_account.grants", user_id = actor.id))
"""

from collections import defaultdict
from dataclasses import dataclass, field

from authz.compiler.residual_terms import Operation, Residual, Term, TypePattern, Variable, describe
from authz.model.resources import Attribute, Column, Relation, attributes
from authz.model.resources import ResourceFlag as FlagName
from authz.predicates.nodes import (
    TRUE,
    All,
    Compare,
    Constant,
    Exists,
    Flag,
    Identity,
    NotNull,
    Null,
    Operator,
    Path,
    Predicate,
)
from models import Base

ROW = "_this"


class UntranslatableResidual(Exception):
    """A residual holds something that has no exact translation; the text says what."""


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
    """What was found so far: per variable its model, its conditions, and the relation in which it is an element."""

    models: dict[str, type[Base]]
    conditions: defaultdict[str, set[Predicate]] = field(default_factory=lambda: defaultdict(set))
    elements: dict[str, tuple[str, Path]] = field(default_factory=dict)


def predicate_of(residual: Residual, model: type[Base]) -> Predicate:
    """The predicate on rows of `model` that says what `residual` says. Raises Untranslatable."""
    scope = _Scope({ROW: model})
    conjuncts = _conjuncts(residual)
    pending = [each for each in conjuncts if each.operator == "In"]
    while pending:
        ready = [each for each in pending if _root(each.operands[1]) in scope.models]
        if not ready:
            raise UntranslatableResidual(f"an element of something unknown: {describe(pending[0])}")
        for each in ready:
            _declare(each, scope)
            pending.remove(each)
    for each in conjuncts:
        if each.operator != "In":
            _condition(each, scope)
    return _assembled(ROW, scope)


def _conjuncts(residual: Residual) -> list[Operation]:
    if not isinstance(residual, Operation):
        raise UntranslatableResidual(f"not a condition: {describe(residual)}")
    if residual.operator != "And":
        return [residual]
    return [each for operand in residual.operands for each in _conjuncts(operand)]


def _declare(each: Operation, scope: _Scope) -> None:
    """`element in path`: the element becomes a variable of the scope."""
    element, collection = each.operands
    root, path = _path(collection)
    attribute = _attribute(scope, root, path) if path else None
    if not isinstance(element, Variable) or not isinstance(attribute, Relation) or not attribute.many:
        raise UntranslatableResidual(f"`in` that does not run over a to-many relation: {describe(each)}")
    if element.name in scope.models:
        raise UntranslatableResidual(f"one element of two relations: {describe(each)}")
    scope.models[element.name] = attribute.target
    scope.elements[element.name] = (root, path)


def _condition(each: Operation, scope: _Scope) -> None:
    if each.operator == "Isa" and len(each.operands) == 2:
        root, condition = _isa(each, scope)
    elif each.operator in _OPERATORS and len(each.operands) == 2:
        root, condition = _comparison(each, scope)
    else:
        raise UntranslatableResidual(f"{each.operator.lower()} over data: {describe(each)}")
    scope.conditions[root].add(condition)


def _isa(each: Operation, scope: _Scope) -> tuple[str, Predicate]:
    subject, pattern = each.operands
    if not isinstance(pattern, TypePattern) or pattern.has_fields:
        raise UntranslatableResidual(f"a type with fields: {describe(each)}")
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


def _comparison(each: Operation, scope: _Scope) -> tuple[str, Predicate]:
    operator = _OPERATORS[each.operator]
    left, right = each.operands
    if not _is_path(left) and operator in (Operator.EQUAL, Operator.UNEQUAL):
        left, right = right, left
    if not _is_path(left):
        raise UntranslatableResidual(f"the column has to stand on the left: {describe(each)}")
    if isinstance(right, Variable | Operation | TypePattern | tuple):
        raise UntranslatableResidual(f"data compared with data: {describe(each)}")
    root, path = _path(left)
    if not path:
        raise UntranslatableResidual(f"a whole row compared with a value: {describe(each)}")
    try:
        return root, compared(_attribute(scope, root, path), path, operator, right)
    except UntranslatableResidual as error:
        raise UntranslatableResidual(f"{error}: {describe(each)}") from None


def compared(attribute: Attribute, path: Path, operator: Operator, value: Constant | Identity | None) -> Predicate:
    """The `attribute` at the end of `path`, compared with `value`. Raises Untranslatable."""
    if value is None and operator in (Operator.EQUAL, Operator.UNEQUAL) and not isinstance(attribute, FlagName):
        if isinstance(attribute, Relation) and attribute.many:
            raise UntranslatableResidual("a to-many relation is never nil")
        return Null(path) if operator is Operator.EQUAL else NotNull(path)
    if isinstance(attribute, FlagName):
        if operator is Operator.EQUAL and value is True:
            return _flag(attribute, path)
        raise UntranslatableResidual("a flag can only be asked for, not denied")
    if not isinstance(attribute, Column) or value is None or not comparable(attribute, operator, value):
        raise UntranslatableResidual("values that cannot be compared")
    if isinstance(value, bool) and operator is Operator.UNEQUAL:
        operator, value = Operator.EQUAL, not value
    return Compare(path, operator, value)


def comparable(column: Column, operator: Operator, value: Constant | Identity) -> bool:
    """Whether `column` and `value` are of one type, and `operator` means the same in Polar and in SQL for it."""
    equality = operator in (Operator.EQUAL, Operator.UNEQUAL)
    if isinstance(value, Identity):
        return equality and column.scalar.__name__ == "UUID"
    if isinstance(value, bool):
        return equality and column.scalar is bool
    return type(value) is column.scalar and (equality or column.allowed_values is None)


def _flag(flag: FlagName, path: Path) -> Predicate:
    """What a flag stands for: conditions on columns where there are any."""
    row = path[:-1]
    match flag:
        case FlagName.PRESENT:
            return Null((*row, "removed_at"))
        case FlagName.REMOVED:
            return NotNull((*row, "removed_at"))
        case FlagName.ACTIVATED:
            return NotNull((*row, "activated_at"))
        case FlagName.AWAITING_ACTIVATION:
            return Null((*row, "activated_at"))
        case FlagName.WITHIN_REACH_OF_ACTOR:
            return Flag(path)


def _assembled(root: str, scope: _Scope) -> Predicate:
    items = set(scope.conditions[root])
    for element, (owner, path) in scope.elements.items():
        if owner == root:
            items.add(Exists(path, _assembled(element, scope)))
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
    """What stands at the end of `path`; every step before it is a to-one relation."""
    model = scope.models.get(root)
    if model is None:
        raise UntranslatableResidual(f"a variable that is bound to nothing: {root}")
    for index, step in enumerate(path):
        attribute = attributes(model).get(step)
        if attribute is None:
            raise UntranslatableResidual(f"{model.__name__} has no {step}")
        if index == len(path) - 1:
            return attribute
        if not isinstance(attribute, Relation) or attribute.many:
            raise UntranslatableResidual(f"{model.__name__}.{step} leads to no single row")
        model = attribute.target
    raise UntranslatableResidual(f"not a column or a relation: {root}")
