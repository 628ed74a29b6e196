"""Mutants of a policy: versions with one small mistake each."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from authz.language.ast import And, Comparison, Condition, Or, Rule
from authz.language.parser import parse
from models import Permission, Scope

WORDS = {"ORGANIZATION": "DELIVERY", "DELIVERY": "ORGANIZATION"}
OTHER = dict(zip(Permission, [*list(Permission)[1:], next(iter(Permission))], strict=True))
OTHER_SCOPES = dict(zip(map(str, Scope), [*list(Scope)[1:], next(iter(Scope))], strict=True))
FIELDS = {
    "all_contract_accounts": "all_delivery_accounts",
    "all_delivery_accounts": "all_contract_accounts",
    "present": "removed",
    "removed": "present",
    "id": "organization_id",
    "organization_id": "id",
}


@dataclass(frozen=True)
class Mutant:
    """A changed policy, the line of the changed rule, and a description of the change."""

    text: str
    line: int
    change: str


def mutants(text: str, file: str) -> Iterator[Mutant]:
    """All mutants of the policy `text`."""
    rules, findings = parse(text, file)
    assert not findings
    for rule in rules:
        yield Mutant(text[: rule.span.start] + text[rule.end + 1 :], rule.span.line, "without the rule")
        seen: set[str] = set()
        for change, changed in _changes(rule, text):
            source = _without_lonely_names(changed)
            if source not in seen:
                seen.add(source)
                yield Mutant(text[: rule.span.start] + source + text[rule.end + 1 :], rule.span.line, change)


def _changes(rule: Rule, text: str) -> Iterator[tuple[str, str]]:
    """The versions of `rule` with one change each, as description and source."""
    start, source = rule.span.start, text[rule.span.start : rule.end + 1]

    def shown(condition: Condition) -> str:
        return " ".join(text[condition.span.start : condition.span.end].split())

    if rule.body is not None and rule.if_end is not None:
        yield "true, whatever the body", source[: rule.if_end - start].removesuffix("if").rstrip() + ";"
        for condition, group in _conditions(rule.body, ()):
            at, end = condition.span.start - start, condition.span.end - start
            if group:
                place = group.index(condition)
                if place:
                    at = group[place - 1].span.end - start
                else:
                    end = group[1].span.start - start
                yield f"without `{shown(condition)}`", source[:at] + source[end:]
            if isinstance(condition, Comparison) and condition.operator == "=":
                changed = source[:at] + source[at:end].replace(" = ", " != ") + source[end:]
                yield f"with != in `{shown(condition)}`", changed
    yield from _swaps(source, r'"(\w+)"', WORDS.get)
    yield from _swaps(source, r'"(\w+)"', lambda word: OTHER[Permission(word)] if word in OTHER else None)
    yield from _swaps(source, r'"([\w.]+)" in', OTHER_SCOPES.get)
    yield from _swaps(source, r"\.(\w+)", FIELDS.get)


def _conditions(
    condition: Condition, group: tuple[Condition, ...]
) -> Iterator[tuple[Condition, tuple[Condition, ...]]]:
    """Each condition, with the conditions that `and` joins to it."""
    match condition:
        case And(_, items):
            for item in items:
                yield from _conditions(item, items)
        case Or(_, items):
            for item in items:
                yield from _conditions(item, ())
        case _:
            yield condition, group


def _swaps(source: str, pattern: str, other: Callable[[str], str | None]) -> Iterator[tuple[str, str]]:
    for match in re.finditer(pattern, source):
        if (word := other(match[1])) is not None:
            yield f"{word} for {match[1]}", source[: match.start(1)] + word + source[match.end(1) :]


def _without_lonely_names(source: str) -> str:
    """Renames variables that occur only once in `source` to `_…`: Oso rejects them otherwise."""
    for name in set(re.findall(r"(?<![\w.\"])([a-z]\w*)(?=: | in \w+\.)", source)):
        if len(re.findall(rf"(?<![\w.\"]){name}\b(?!\()", source)) == 1:
            lonely = "_" if re.search(rf"\b{name}: ", source) else f"_{name}"
            source = re.sub(rf"(?<![\w.\"]){name}\b(?!\()", lonely, source)
    return source
