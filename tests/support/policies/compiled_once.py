"""Policies of one text share what is compiled of it, within a process.

A decision takes milliseconds to compile, a policy has hundreds, and many tests load the same few texts: each run of a
command does, for instance. Tests of the compiler itself call `authz.compiler.compiler`, which knows nothing of it.
"""

from collections import OrderedDict
from functools import lru_cache

from authz.actor import Traits
from authz.checks.noted_conditions import NotingCompiler
from authz.compiler.compiler import Compiler
from authz.language.instrument import ParameterPosition
from authz.lint.linter import LintResult
from authz.predicates.nodes import Decision
from models import Base

_TEXTS = 12
"""How many are remembered: random policies come by the hundred, and never again."""

_noting: OrderedDict[tuple[str, str], NotingCompiler] = OrderedDict()


class RememberingCompiler(Compiler):
    """A compiler that compiles each decision once."""

    def __init__(self, text: str, file: str, non_null: frozenset[ParameterPosition]) -> None:
        super().__init__(text, file, non_null)
        self._decision = lru_cache(maxsize=None)(super().decision)

    def decision(self, traits: Traits, action: str, model: type[Base]) -> Decision:
        """As the compiler's, from the second time on remembered."""
        return self._decision(traits, action, model)


@lru_cache(_TEXTS)
def compile_once(text: str, file: str, non_null: frozenset[ParameterPosition]) -> Compiler:
    """Stands for the class `Compiler` where policies are made."""
    return RememberingCompiler(text, file, non_null)


def note_once(linted: LintResult, text: str, file: str) -> NotingCompiler:
    """Stands for the class `NotingCompiler` there, which remembers what it has compiled."""
    key = text, file
    noting = _noting.pop(key) if key in _noting else NotingCompiler(linted, text, file)
    _noting[key] = noting
    if len(_noting) > _TEXTS:
        _noting.popitem(last=False)
    return noting
