"""Variables that stand in a rule only once: mostly a slip of the pen, and always misleading. Oso refuses them, too."""

from collections import Counter
from collections.abc import Iterator

from authz.language.ast import Rule
from authz.language.diagnostics import Diagnostic
from authz.lint.trait_dependence import paths_in


def used_once(rule: Rule, file: str) -> Iterator[Diagnostic]:
    """A finding for each variable of `rule` that is named once and not `_`, or with a `_` in front."""
    places = [(each.name, each.span) for each in rule.parameters if each.name is not None]
    if rule.body is not None:
        places += [(path.root, path.span) for path in paths_in(rule.body)]
    counts = Counter(name for name, _ in places)
    for name, span in places:
        if counts[name] == 1 and not name.startswith("_"):
            reason = f"The variable {name} is used only here, so it says nothing."
            yield Diagnostic(file, span.line, span.column, name, reason, "What may be anything is called `_`.")
