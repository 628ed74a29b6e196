"""Variables that occur only once in a rule: usually a typo, and always misleading. Oso rejects them, too."""

from collections import Counter
from collections.abc import Iterator

from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic
from authz.lint.trait_dependence import paths_in


def used_once(rule: Rule, file: str) -> Iterator[Diagnostic]:
    """Yields a diagnostic for each variable of `rule` that occurs once and does not begin with `_`."""
    occurrences = [(parameter.name, parameter.span) for parameter in rule.parameters if parameter.name is not None]
    if rule.body is not None:
        occurrences += [(path.root, path.span) for path in paths_in(rule.body)]
    counts = Counter(name for name, _ in occurrences)
    for name, span in occurrences:
        if counts[name] == 1 and not name.startswith("_"):
            reason = f"The variable {name} is used only here, so it has no effect."
            yield Diagnostic(file, span.line, span.column, name, reason, "Write `_` if it may be anything.")
