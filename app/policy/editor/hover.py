"""Hover: the predicate of a rule, condition by condition, and its SQL, as Markdown."""

from collections.abc import Iterator

from app.policy.editor.findings import linted
from app.policy.editor.rule_predicates import RulePredicate, rule_predicate
from app.policy.editor.rules_at import rules_at

SHOWN_WAYS = 12
SHOWN_SQL = 4_000
"""How many characters of a statement are shown."""


def hover(text: str, file: str, offset: int) -> str | None:
    """Returns the Markdown about the rules at `offset`; None if there are none."""
    rules = rules_at(text, file, offset)
    if not rules:
        return None
    result = linted(text, file)
    if result.diagnostics:
        return "The predicate of this rule is shown once the policy has no errors."
    lines = {rule.span.start for rule in rules}
    found = [rule for rule in result.rules if rule.span.start in lines]
    predicates = [(rule, rule_predicate(text, file, result, rule)) for rule in found]
    parts = [_described(each) if each else _unknown(rule.name, rule.span.line) for rule, each in predicates]
    return "\n\n---\n\n".join(parts)


def _unknown(name: str, line: int) -> str:
    return f"**{name}**, line {line}: its predicate depends on the text that a call passes."


def _described(predicate: RulePredicate) -> str:
    return "\n".join(_lines(predicate))


def _lines(predicate: RulePredicate) -> Iterator[str]:
    number = len(predicate.ways)
    yield f"**{predicate.name}**, line {predicate.rule.span.line}"
    yield ""
    if not number:
        yield "Never matches."
    yield from (f"- `{way}`" for way in predicate.ways[:SHOWN_WAYS])
    if number > SHOWN_WAYS or not predicate.complete:
        yield f"- and {number - SHOWN_WAYS}{'' if predicate.complete else ' or more'} other derivations"
    if sql := predicate.sql:
        short = sql if len(sql) <= SHOWN_SQL else f"{sql[:SHOWN_SQL]}\n…"
        yield from ("", "If all conditions on the actor hold:", "```sql", short, "```")
