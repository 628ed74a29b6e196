"""Finds conditions on a parameter that gets a column: Oso types the parameter as text, and loses the column.

ok(user.country)
ok(country: String) if country = "NL";           `=` and `in` don't translate; == and != do
"""

from collections.abc import Callable, Iterator, Sequence

from authz.language.ast import And, BooleanTest, Comparison, Condition, Not, Or, Rule, RuleCall
from authz.lint.conditions import BodyLinter
from authz.lint.operand_types import ColumnValue
from authz.lint.parameters import PassedValue, Position, is_one_of


def report_columns(rules: Sequence[Rule], bodies: Sequence[BodyLinter], passes: list[PassedValue]) -> None:
    """Reports to each body the conditions on a parameter to which a column is passed that Oso can't translate."""
    columns = {each.position for each in passes if isinstance(each.type, ColumnValue)}
    _spread(columns, lambda each: each.source(rules), passes)
    for index, rule in enumerate(rules):
        names = {rule.parameters[place].name for owner, place in columns if owner == index}
        for condition in _untranslatable(rule.body, names, rules, bodies[index]) if rule.body and names else ():
            bodies[index].report(
                condition.span,
                "A column is passed to this parameter, and Oso can't translate this condition on it.",
                "Pass the row, and compare its column here; or write == for =, one condition per value.",
            )


def _spread(found: set[Position], source: Callable[[PassedValue], Position | None], passes: list[PassedValue]) -> None:
    """Adds to `found` the parameters to which one of them is passed on."""
    size = -1
    while size != len(found):
        size = len(found)
        found.update(each.position for each in passes if source(each) in found)


def _untranslatable(
    condition: Condition, names: set[str | None], rules: Sequence[Rule], body: BodyLinter
) -> Iterator[Condition]:
    match condition:
        case And(_, items) | Or(_, items):
            for item in items:
                yield from _untranslatable(item, names, rules, body)
        case Not(_, item):
            yield from _untranslatable(item, names, rules, body)
        case Comparison(_, "=" | "in", left, right) if is_one_of(left, names) or is_one_of(right, names):
            yield condition
        case BooleanTest(_, operand) if is_one_of(operand, names):
            yield condition
        case RuleCall(_, name, arguments):
            heads = [rule.parameters for rule in rules if rule.name == name and len(rule.parameters) == len(arguments)]
            places = [place for place, argument in enumerate(arguments) if is_one_of(argument, names)]
            if any(head[place].literal is not None for head in heads for place in places):
                yield condition
