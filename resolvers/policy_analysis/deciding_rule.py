"""Names the rule that decided a change: of the rules on the way to it, the one that the other version lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from authz.language.ast import Rule, Source
from authz.language.meaning import meaning, title
from authz.policy import Policy


@dataclass(frozen=True, order=True)
class NamedRule:
    """A rule: its name, and where it is."""

    name: str
    source: Source

    def __str__(self) -> str:
        return f"{self.name}, {self.source}"


@dataclass(frozen=True)
class DecidingRules:
    """Names the rules of `allowing`, the version that allows what `denying` denies."""

    allowing: Policy
    denying: Policy

    def decide(self, path: Sequence[Source]) -> NamedRule | None:
        """Returns the rule of a way, outermost first, that decided: the first that `denying` doesn't have in these
        words. If it has all of them, a condition elsewhere is the reason, and the outermost rule stands for the way."""
        changed = (source for source in path if not self._is_in_both(source))
        source = next(changed, path[0] if path else None)
        return None if source is None else self.name(source)

    def name(self, source: Source) -> NamedRule:
        """Returns the rule at `source` with its name."""
        rule = self._by_line.get(source.line)
        return NamedRule(title(rule) if rule else "", source)

    def _is_in_both(self, source: Source) -> bool:
        rule = self._by_line.get(source.line)
        return rule is not None and meaning(rule) in self._denying_rules

    @cached_property
    def _by_line(self) -> dict[int, Rule]:
        # Two rules may begin on one line, and a source names the line only: the first stands for both.
        return {rule.span.line: rule for rule in reversed(self.allowing.rules)}

    @cached_property
    def _denying_rules(self) -> frozenset[object]:
        return frozenset(map(meaning, self.denying.rules))
