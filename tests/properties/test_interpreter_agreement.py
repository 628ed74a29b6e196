"""Random policies, compiled to SQL, allow in random worlds what an interpreter of their text allows.

The interpreter (`tests/support/interpreter/`) shares nothing with the parser, the linter and the compiler. `make fuzz`
compares thousands of policies.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlalchemy import true

from authz.compiler.compiler import Compiler
from authz.language.instrument import with_provenance
from authz.predicates.nodes import Operator
from tests.support.depth import examples
from tests.support.interpreter.agreement import Tally, first_difference, lint_once, smallest

pytestmark = pytest.mark.invariant("translation")

SEED = 1406
POLICIES = 205


@pytest.fixture(autouse=True)
def _compiles_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random policies would only displace others from the shared compilers."""
    monkeypatch.setattr("authz.policy.Compiler", Compiler)
    monkeypatch.setattr("authz.policy.lint", lint_once)


@pytest.mark.matrix
async def test_random_policies_allow_what_their_text_says(connection: Any) -> None:
    tally = Tally()
    difference = await first_difference(connection, Random(SEED), examples(POLICIES), tally)
    assert difference is None, f"\n{await smallest(connection, difference)}"
    assert tally.refused < tally.loaded / 4
    assert min(tally.answers.values()) > sum(tally.answers.values()) / 20


def without_not(text: str, *rest: Any) -> str:
    return with_provenance(text, *rest).replace(" not (", " (")


MISTAKES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "unequal is translated as equal": lambda patch: patch.setitem(
        __import__("authz.compiler.residual", fromlist=["_"])._OPERATORS, "Neq", Operator.EQUAL
    ),
    "a `not` is lost": lambda patch: patch.setattr("authz.compiler.compiler.with_provenance", without_not),
    "grants that have ended count": lambda patch: patch.setattr("authz.predicates.sql.not_expired", lambda *_: true()),
    "everybody is within reach": lambda patch: patch.setattr("authz.access.within_reach", lambda *_: true()),
}


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_a_mistake_is_found(connection: Any, monkeypatch: pytest.MonkeyPatch, mistake: str) -> None:
    MISTAKES[mistake](monkeypatch)
    assert await first_difference(connection, Random(SEED), POLICIES, Tally()) is not None
