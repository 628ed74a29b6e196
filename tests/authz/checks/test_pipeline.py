"""A policy is loaded as a whole or not at all, and errors have positions."""

import re
import sys
from pathlib import Path

import pytest

from authz.actor import ActorKind, Traits
from authz.checks.differential import validate_translation
from authz.checks.pipeline import _from_oso, check
from authz.checks.progress import line_of
from authz.compiler.compiler import Compiler
from authz.compiler.oso_engine import EngineError, OsoEngine
from authz.compiler.residual import UntranslatableResidual, predicate_of
from authz.compiler.residual_terms import Residual
from authz.language.diagnostics import Diagnostic, Severity
from authz.lint.linter import lint
from authz.policy import Policy, PolicyError, load
from authz.predicates.nodes import Predicate, show
from models import Audience, Base, Permission, Service
from tests.support.paths import POLICY
from tests.support.policies.accepted_conditions import ACCEPTED
from tests.support.policies.small_policies import FILE, check_messages, policy_with, service_if

pytestmark = pytest.mark.invariant("translation")

ADMIN = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, frozenset(Permission), True, True)


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_positive_grammar_is_translated_exactly(name: str) -> None:
    text = service_if(ACCEPTED[name])
    compiler = Compiler(text, FILE, lint(text, FILE).non_null)
    assert list(validate_translation(compiler, FILE, {}, {Service: ["view"]})) == []


def test_a_singleton_variable_is_rejected_by_oso_too() -> None:
    """The linter has the better message; if it misses one, Oso's warning is an error."""
    rules = 'allow(actor: Member, "view", organization: Organization) if\n    organization.name = "X";'
    message = "Singleton variable actor is unused or undefined; try renaming to _actor or _ at line 1, column 7"
    with pytest.raises(EngineError, match="Singleton variable actor"):
        OsoEngine(rules)
    assert str(_from_oso(message, rules, FILE)).startswith("test.polar:1:7: ")


def test_a_branch_behind_traits_that_nobody_has_is_compiled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conditions on traits contradict each other; the branch behind them is still compiled."""
    seen: list[str] = []
    compile_ = predicate_of

    def watched(residual: Residual, model: type[Base]) -> Predicate:
        predicate = compile_(residual, model)
        seen.append(show(predicate))
        return predicate

    monkeypatch.setattr("authz.compiler.compiler.predicate_of", watched)
    monkeypatch.setattr("authz.checks.pipeline.find_warnings", lambda *_: ())
    hidden = 'not "BILLING_VIEW" in actor.permissions and "BILLING_VIEW" in actor.permissions'
    assert (
        check_messages(
            service_if(f'{hidden} and service.code = "X" and service.organization_id = actor.organization_id')
        )
        == []
    )
    assert sum("code = 'X'" in predicate for predicate in seen) == 1


def test_an_inexact_translation_is_reported_with_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def rejected(residual: Residual, model: type[Base]) -> Predicate:
        raise UntranslatableResidual("or over data")

    monkeypatch.setattr("authz.compiler.compiler.predicate_of", rejected)
    findings = check_messages(service_if("service.organization_id = actor.organization_id"))
    assert findings[0].startswith("test.polar:4:1: No exact SQL: or over data.")


def test_a_bad_file_is_rejected_and_the_policy_in_force_stays(tmp_path: Path, policy: Policy) -> None:
    before = policy.decision(ADMIN, "view", Service)
    file = tmp_path / "edited.polar"
    file.write_text(POLICY.read_text().replace('"view", service: Service', '"veiw", service: Service', 1))
    with pytest.raises(PolicyError) as caught:
        load(file)
    (finding, *_) = caught.value.diagnostics
    assert finding.file == "edited.polar"
    assert "Did you mean view?" in finding.suggestion
    assert str(finding) in str(caught.value)
    assert policy.decision(ADMIN, "view", Service) == before


def test_a_check_that_takes_too_long_is_an_error() -> None:
    with pytest.raises(PolicyError, match=r"slow\.polar:1:1: The check took longer than 0\.05 seconds\."):
        check(POLICY.read_text(), "slow.polar", time_limit=0.01)


def test_a_check_that_takes_too_long_names_the_rules_that_it_was_at() -> None:
    text = POLICY.read_text()
    (rule,) = re.findall(r'^allow\(actor: Member, "view", service: Service\) if\n[^;]*;', text, re.MULTILINE)
    # So many alternatives take long on any machine.
    text += "\n".join(f'{rule[:-1]} and\n    service.name != "{number}";' for number in range(300))
    with pytest.raises(PolicyError) as caught:
        check(text, "slow.polar", time_limit=3)
    (finding,) = caught.value.diagnostics
    assert finding.reason.startswith("The check took longer than 3 seconds of processor time. It was at the rules for")
    step = finding.reason.partition("It was at the rules for ")[2].removesuffix(".")
    assert step.startswith("allow(")
    assert finding.line == line_of(step, text)


def test_a_step_is_found_at_its_first_rule() -> None:
    text = POLICY.read_text()
    line = line_of('allow(Member, "view", Service)', text)
    assert text.splitlines()[line - 1].startswith("allow(")
    assert line > 1
    assert line_of('allow(Client, "withdraw", AccessRequest)', text) == 1  # there is no such rule


def test_a_check_process_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(PolicyError, match=r"dead\.polar:1:1: .*died"):
        check(POLICY.read_text(), "dead.polar")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.polar")


def test_a_cache_entry_skips_the_checks_for_the_same_text_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    warning = Diagnostic("policies.polar", 1, 1, "x", "A reason.", "An idiom.", Severity.WARNING)

    def check(text: str, _: str, __: str = "") -> tuple[Diagnostic, ...]:
        checked.append(text)
        return (warning,)

    monkeypatch.setattr("authz.policy.check", check)
    file, check_cache = tmp_path / "policies.polar", tmp_path / "data" / "check-cache"
    file.write_text(policy_with(""))
    first, second = load(file, check_cache), load(file, check_cache)
    assert first.warnings == second.warnings == (warning,)
    versions = {first.version, second.version}
    assert checked == [policy_with("")]
    file.write_text(policy_with("# edited"))
    assert load(file, check_cache).version not in versions
    assert checked == [policy_with(""), policy_with("# edited")]


def test_a_rejected_text_is_not_cached(tmp_path: Path) -> None:
    file = tmp_path / "policies.polar"
    file.write_text("broken")
    for _ in range(2):
        with pytest.raises(PolicyError):
            load(file, tmp_path / "check-cache")


def test_a_file_is_not_longer_than_the_history_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "policies.polar"
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(PolicyError, match="longer than 1,000,000 bytes"):
        load(path)


def test_a_file_that_is_not_text_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "policies.polar"
    file.write_bytes(b"# \xff\n")
    with pytest.raises(PolicyError, match=r"policies\.polar:1:1: The file is not UTF-8"):
        load(file)
