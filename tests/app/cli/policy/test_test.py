"""`portico policy test` and `coverage`: what an author of rules sees when cases fail, and when they cannot be read."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from app.cli import program
from app.policy.testing.coverage import measure_coverage
from app.policy.testing.runner import PolicyUnderTest
from app.policy.testing.test_files import read_folder
from app.policy.testing.yaml_nodes import TestsUnreadable
from authz.language.parser import parse
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE, policy_with
from tests.support.policies.small_tests import WORLD, ran, written

pytestmark = pytest.mark.invariant("policy_mutants")

SHIPPED = POLICY.parent / "tests" / "policy"
TEXT = POLICY.read_text()
KNOWS_THEMSELVES = "knows_user(actor: Member, user: User) if\n    user.id = actor.id"


def line_of(text: str) -> int:
    """The line of the shipped policy that begins with `text`."""
    return next(number for number, line in enumerate(TEXT.splitlines(), 1) if line.strip().startswith(text))


def invoked(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program, ["policy", *arguments], env={"COLUMNS": "200"})
    return result.exit_code, result.stdout


def reported(*arguments: str) -> tuple[int, Any]:
    code, output = invoked(*arguments, "--json")
    return code, json.loads(output)


def test_the_shipped_tests_pass_and_report_it() -> None:
    code, report = reported("test")
    assert (code, report["failed"]) == (0, 0)
    assert [file["file"] for file in report["files"]] == ["acme.yaml", "clients.yaml", "requests.yaml", "states.yaml"]
    assert all(file["cases"] > 500 and not file["failures"] for file in report["files"])


def test_the_shipped_tests_exercise_every_rule_path_and_condition() -> None:
    code, report = reported("coverage", "--fail-under", "98")
    assert code == 0
    # Nobody changes themselves by a client, or decides their own request: both are asked on the way to another user.
    to_themselves = f", {1 + TEXT[: TEXT.index(KNOWS_THEMSELVES)].count(chr(10))}"
    missed = [each for each in report["missed"] if to_themselves not in each["reason"]]
    assert missed == []
    assert {line["mark"] for line in report["lines"]} == {"hit", "partly"}
    assert len(report["rules"]) == len(parse(TEXT, "policies.polar")[0])


def test_a_table_finds_excess_access_and_names_the_rule(tmp_path: Path) -> None:
    wider = TEXT.replace("    manages_users(actor) and\n    sees_contract_account", "    sees_contract_account", 1)
    result = ran(tmp_path, "may:\n  sue:\n    view organizations: [ACME]\n", wider)
    (shown,) = [str(each) for each in result.failures if each.case.request.action == "assign"]
    assert shown.startswith("small.yaml:17: sue assign contract account South: must be denied, but is allowed.\n")
    rule = wider[: wider.index('allow(actor: Member, "assign", account: ContractAccount)')].count("\n") + 1
    assert f'allowed by `allow(actor: Member, "assign", account: ContractAccount)` at {FILE}:{rule} → ' in shown


def test_a_failure_names_the_nearest_denying_condition_and_the_reason_of_the_case(tmp_path: Path) -> None:
    cases = "cases:\n  - allow: sue may assign contract account South\n    because: she asked\n"
    (failure,) = ran(tmp_path, cases, TEXT).failures
    assert str(failure).splitlines()[0] == (
        "small.yaml:17: sue assign contract account South: must be allowed because she asked, but is denied."
    )
    rule = line_of('allow(actor: Member, "assign", account: ContractAccount)')
    condition = line_of('"USER_MANAGEMENT" in actor.permissions')
    assert failure.reasons == (
        f'denied at {FILE}:{rule}, for want of `"USER_MANAGEMENT" in actor.permissions` ({FILE}:{condition})',
    )


def test_conditions_on_one_element_of_a_list_are_reported_as_one(tmp_path: Path) -> None:
    cases = "cases:\n  - allow: sam may view contract account East\n"
    (failure,) = ran(tmp_path, cases, TEXT).failures
    assert any("for want of `grant in account.grants and grant.user_id = actor.id`" in each for each in failure.reasons)


def test_a_failure_without_any_rule(tmp_path: Path) -> None:
    cases = "cases:\n  - allow: sue may update user sam\n"
    (failure,) = ran(tmp_path, cases, policy_with('allow(_: Staff, "view", _: Service);')).failures
    assert failure.reasons == ("no rule could allow it",)


@pytest.mark.parametrize(
    ("case", "passes"),
    [
        ("allow: sam manages users", True),
        ("deny: sue manages users", True),
        ("allow: sam may assign permission USER_MANAGEMENT", True),
        ("allow: sam may assign permission BILLING_VIEW", False),
        ("deny: sam may assign all contract accounts", True),
        ("allow: sam may assign audience DELIVERY", True),
        ("allow: sue may view service SVC-1", True),
        ("allow: sue may view service SVC-2", False),
        ("deny: sue may view delivery account PEAR of Globex", True),
        ("allow: sue may view delivery account PEAR", True),
        ("allow: olga may view delivery account PEAR of Globex", True),
        ("deny: olga may update user sam", True),
        ("allow: sam may create user in organization ACME", True),
    ],
)
def test_single_cases(tmp_path: Path, case: str, passes: bool) -> None:
    assert (not ran(tmp_path, f"cases:\n  - {case}\n", TEXT).failures) is passes


def test_columns_have_the_written_values(tmp_path: Path) -> None:
    policy = policy_with(
        'allow(actor: Member, "view", service: Service) if\n'
        '    service.organization_id = actor.organization_id and service.country = "NO" and service.status != "ACTIVE";'
    )
    cases = "cases:\n  - allow: sue may view service SVC-2\n  - deny: sue may view service SVC-1\n"
    assert ran(tmp_path, cases, policy).failures == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("view services", "veiw services", "veiw services`: There is no such action. Did you mean view services?"),
        ("[SVC-1]", "[SVC-3]", "SVC-3`: There is no Service of this name in the world. Did you mean SVC-2?"),
        ("[South]}\n      sue", "[Soth]}\n      sue", "Soth in this organization. Did you mean South?"),
        ("USER_MANAGEMENT]", "USER_MANAGMENT]", "There is no such permission. Did you mean USER_MANAGEMENT?"),
        ("  sue:\n    view", "  suee:\n    view", "suee`: There is no user suee in the world. Did you mean sue?"),
        ("about:", "abuot:", "abuot`: A test has no such entry. Did you mean about?"),
        ("SVC-1: South -> PEAR", "SVC-1: South", "A service connects two accounts. Write CONTRACT ACCOUNT -> "),
        ("status: PLANNED", "status: PLAND", "PLAND`: There is no such status. Did you mean PLANNED?"),
        ("  staff: [olga]", "  staff: [olga", "This is not valid YAML: "),
        ("view services: [SVC-1]", "view services: [SVC-1]\n    view services: []", "This entry appears twice."),
        ("max", "sam", "sam`: Two users have this name."),
        ("deny: sue may", "dny: sue may", "A case has either `allow` or `deny`."),
        (
            "view delivery account PEAR",
            "view account PEAR",
            "There is no such action. Write ACTOR may ACTION RESOURCE.",
        ),
        ("of Globex", "of Hooli", "There is no DeliveryAccount of this name in the world."),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_reported_with_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    whole = (
        f"{WORLD.lstrip()}may:\n  sue:\n    view services: [SVC-1]\n"
        "cases:\n  - deny: sue may view delivery account PEAR of Globex\n"
    )
    assert whole.count(old) == 1
    wrong = whole.replace(old, new)
    with pytest.raises(TestsUnreadable) as raised:
        read_folder(written(tmp_path, "", wrong))
    # An edit that ends the line moves the error to the next one.
    line = whole[: whole.index(old) + len(old.split("\n", maxsplit=1)[0]) - 1].count("\n") + 1
    assert any(message in str(each) for each in raised.value.diagnostics)
    assert any(abs(each.line - line) <= 1 for each in raised.value.diagnostics)


CLIENTS = WORLD.replace(
    "      sue: {contract accounts: [South]}\n",
    "      sue: {contract accounts: [South], permissions: [SITES_SERVICES_VIEW, DEVELOPER_PORTAL]}\n"
    "    api clients:\n      nightly: {owner: sue, scopes: [basic.read]}\n      idle: {owner: sam, scopes: all}\n",
)


def test_clients_are_tested_like_users(tmp_path: Path) -> None:
    cases = (
        "may:\n  nightly:\n    view organizations: [ACME]\n    view contract accounts: [South]\n"
        "    view delivery accounts: [PEAR]\n    view services: [SVC-1]\n    view users: [sue]\n"
        "    view api clients: [nightly]\n  idle: {}\n"
        "cases:\n  - allow: sue may rotate api client nightly\n  - deny: sam may rotate api client idle\n"
        "  - allow: sam may revoke api client idle\n"
    )
    assert ran(tmp_path, cases, TEXT, CLIENTS).failures == []
    (failure,) = ran(tmp_path, "cases:\n  - allow: nightly may view service SVC-2\n", TEXT, CLIENTS).failures
    assert "nightly view service SVC-2: must be allowed, but is denied." in str(failure)
    assert "`grant in account.grants and grant.user_id = actor.id`" in str(failure)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("owner: sue", "owner: suee", "There is no user suee in this organization. Did you mean sue?"),
        ("owner: sue", "owner: idle", "There is no user idle in this organization."),
        ("owner: sue, ", "", "An API client needs an owner."),
        ("[basic.read]", "[basic.raed]", "There is no such scope. Did you mean basic.read?"),
        (", scopes: [basic.read]", "", "An API client needs at least one scope."),
        ("nightly:", "sue:", "Another actor has this name."),
        ("{owner: sue,", "{scope: all, owner: sue,", "An API client has no such entry. Did you mean scopes?"),
    ],
)
def test_mistakes_about_a_client_are_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert CLIENTS.count(old) == 1
    with pytest.raises(TestsUnreadable, match=re.escape(message)):
        read_folder(written(tmp_path, "cases:\n  - deny: sue may view service SVC-2\n", CLIENTS.replace(old, new)))


def test_a_folder_without_tests_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TestsUnreadable, match="There are no test files"):
        read_folder(tmp_path)


def test_a_failing_case_exits_with_1_and_is_shown(tmp_path: Path) -> None:
    written(tmp_path, "cases:\n  - allow: sue may view contract account East\n")
    code, output = invoked("test", str(tmp_path))
    assert code == 1
    assert "small.yaml:17: sue view contract account East: must be allowed, but is denied." in output
    assert "0 of 1 case passed, 1 failed." in output
    code, output = invoked("coverage", str(tmp_path))
    assert (code, "1 case failed" in output) == (1, True)
    assert reported("coverage", str(tmp_path))[1]["failed"] == 1


def test_the_tests_of_another_policy_are_those_beside_it_and_the_output_says_so(tmp_path: Path) -> None:
    (tmp_path / "tests" / "policy").mkdir(parents=True)
    written(tmp_path / "tests" / "policy", "cases:\n  - allow: sue may view organization ACME\n")
    edited = tmp_path / "edited.polar"
    edited.write_text(TEXT)
    code, output = invoked("test", "--policy", str(edited))
    assert (code, output.startswith(f"{edited.name}, by the tests in {tmp_path / 'tests' / 'policy'}\n")) == (0, True)
    assert reported("test", "--policy", str(edited))[1]["folder"] == str(tmp_path / "tests" / "policy")


def test_gaps_in_coverage_are_marked_and_fail_below_the_percentage(tmp_path: Path) -> None:
    written(tmp_path, "cases:\n  - allow: sue may view organization ACME\n")
    code, report = reported("coverage", str(tmp_path), "--fail-under", "10")
    assert code == 1
    marks = {line["line"]: line["mark"] for line in report["lines"]}
    rule = line_of('allow(actor: Member, "view", organization: Organization)')
    assert (marks[rule], marks[rule + 1]) == ("hit", "partly")
    assert {"line": rule + 1, "kind": "denied", "reason":
            "nothing was denied by `organization.id = actor.organization_id` alone"} in report["missed"]  # fmt: skip
    assert marks[line_of('allow(actor: Member, "view", service: Service)')] == "missed"
    code, output = invoked("coverage", str(tmp_path))
    assert code == 0
    assert f"{rule + 1:4}         ~     organization.id = actor.organization_id;" in output


def test_conditions_about_an_element_are_covered_separately(tmp_path: Path) -> None:
    """Of `grant in account.grants and grant.user_id = actor.id`, the first denies where there is no grant at all."""
    cases = "cases:\n  - allow: sue may view contract account South\n  - deny: sue may view contract account East\n"
    examined = PolicyUnderTest(TEXT, FILE)
    binding, asked = line_of("grant in account.grants"), line_of("grant.user_id = actor.id")
    missed = {
        (point.kind, point.line) for point in measure_coverage(read_folder(written(tmp_path, cases)), examined).missed
    }
    assert ("denied", binding) not in missed
    assert ("denied", asked) in missed
    granted = WORLD.replace("sue: {contract", "eve: {contract accounts: [East]}\n      sue: {contract")
    missed = {
        (point.kind, point.line)
        for point in measure_coverage(read_folder(written(tmp_path, cases, granted)), examined).missed
    }
    assert ("denied", binding) in missed
    assert ("denied", asked) not in missed


PAGE = (POLICY.parent / "docs" / "policy-commands.md").read_text()


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(about: .*?)```", PAGE, re.DOTALL)
    (shown,) = re.findall(r"```text\n(pear.yaml:.*?)```", PAGE, re.DOTALL)
    assert ran(tmp_path, "", TEXT, example).failures == []
    (failure,) = ran(tmp_path, "", TEXT, example.replace("deny: pia", "allow: pia")).failures

    def without_lines(text: str) -> str:
        return re.sub(r"(small.yaml|pear.yaml|policies.polar|test.polar):\d+", "LINE", text)

    assert without_lines(str(failure)).strip() == without_lines(shown).strip()


def test_only_some_cases_run_and_are_reported_as_junit(tmp_path: Path) -> None:
    cases = "cases:\n  - allow: sue may view organization ACME\n  - deny: sue may view organization ACME\n"
    folder, file, policy = tmp_path / "tests", tmp_path / "results.xml", tmp_path / FILE
    folder.mkdir()
    written(folder, cases, WORLD)
    policy.write_text(TEXT)
    asked = (str(folder), "--policy", str(policy), "--junit", str(file))
    code, report = reported("test", *asked, "--only", "SMALL.yaml*view organization")
    assert (code, report["failed"], report["files"][0]["cases"]) == (1, 1, 2)
    root = ET.parse(file).getroot()
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    first, second = root.iter("testcase")
    assert first.get("name") == "sue view organization ACME must be allowed"
    assert (first.find("failure"), second.get("line")) == (None, str(report["files"][0]["failures"][0]["line"]))
    assert (failure := second.find("failure")) is not None
    assert "must be denied, but is allowed." in str(failure.get("message"))
    assert "allowed by `allow(" in str(failure.text)
    assert invoked("test", *asked, "--only", "view service")[0] == 2
