"""`portico policy check`: for people, for machines, for CI, and while one writes."""

import asyncio
import json
import re
import signal
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.application import create_application
from app.cli.output import CHECK_TIME
from app.cli.policy.annotations import annotations
from app.data_folder import ROOT
from app.policy.file_watcher import file_state, watch_file
from app.policy.policy_file import ReloadOutcome
from app.settings import Settings
from authz.checks.pipeline import run_checks
from authz.language.diagnostics import Diagnostic, PolicyError, Severity
from authz.policy import Policy
from tests.support.cli import run
from tests.support.policies.small_policies import policy_with

MODULE = import_module("app.cli.policy.check")
"""The module: the package's attribute of this name is the verb."""
MISTYPED = 'allow(actor: Member, "veiw", service: Service) if\n    service.organization_id = actor.organization_id;\n'
IDLE = 'assign_audience(actor: Member, "DELIVERY") if manages_users(actor) and actor.all_contract_accounts;'


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gates run in this process: what a start of Python adds is tested without this fixture."""

    def checked(text: str, name: str, never: str) -> tuple[Diagnostic, ...]:
        findings = run_checks(text, name, never)
        if any(finding.severity is Severity.ERROR for finding in findings):
            raise PolicyError(findings)
        return tuple(findings)

    monkeypatch.setattr(MODULE, "checked", checked)


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("verb", ["check", "diff"])
def test_a_policy_without_prohibitions_beside_it_is_pointed_out(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    file, note = tmp_path / "edited.polar", f"There is no policies.never beside {tmp_path / 'edited.polar'}"
    file.write_text(policy_with('allow(_: Staff, "view", _: Organization);'))
    arguments = ["diff", str(file), str(file), "--by-traits"] if verb == "diff" else ["check", str(file)]
    run(monkeypatch, "policy", *arguments)
    assert note in capsys.readouterr().err
    (tmp_path / "policies.never").write_text("never: a Member views a row of another organization\n")
    run(monkeypatch, "policy", *arguments)
    assert "policies.never" not in capsys.readouterr().err


@pytest.mark.usefixtures("in_process")
def test_what_must_never_be_stands_beside_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text(policy_with('allow(_: Staff, "view", _: Organization);'))
    (tmp_path / "policies.never").write_text("never: a Staff vews a row\n")
    assert run(monkeypatch, "policy", "check", str(file)) == 1
    assert "policies.never:1:16 error" in capsys.readouterr().out
    (tmp_path / "policies.never").write_text("never: a Staff views an Organization\n")
    assert run(monkeypatch, "policy", "check", str(file), "--json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["file"], finding["line"]) == ("edited.polar", 1)
    assert "It lets a Staff user view " in finding["reason"]


def test_the_policy_in_force_is_checked_when_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "policy", "check", "--strict") == 0
    output = capsys.readouterr()
    assert re.fullmatch(r"policies\.polar loads as version [0-9a-f]{16} without warnings\.\n", output.out)
    assert output.err == f"Checking policies.polar ({CHECK_TIME})…\n"


def test_an_error_is_shown_with_place_reason_and_suggestion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text(policy_with(MISTYPED))
    monkeypatch.setenv("PORTICO_POLICY", str(file))
    assert run(monkeypatch, "policy", "check") == 1
    assert capsys.readouterr().out == (
        "edited.polar:1:22 error\n"
        '    "veiw"\n'
        "    Service has no action 'veiw'.\n"
        "    Did you mean view?\n"
        "edited.polar is rejected: 1 error.\n"
    )


@pytest.mark.usefixtures("in_process")
def test_json_output_is_only_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text(policy_with(MISTYPED))
    assert run(monkeypatch, "policy", "check", str(file), "--json") == 1
    output = capsys.readouterr()
    assert json.loads(output.out) == {
        "file": str(file),
        "version": Policy(file.read_text(), "edited.polar").version,
        "loads": False,
        "errors": 1,
        "warnings": 0,
        "findings": [
            {
                "file": "edited.polar",
                "line": 1,
                "column": 22,
                "text": '"veiw"',
                "reason": "Service has no action 'veiw'.",
                "idiom": "Did you mean view?",
                "severity": "error",
            }
        ],
    }
    assert output.err.endswith(f"Checking edited.polar ({CHECK_TIME})…\n")


@pytest.mark.usefixtures("in_process")
def test_warnings_fail_only_with_strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text(policy_with(IDLE))
    assert run(monkeypatch, "policy", "check", str(file)) == 0
    shown = capsys.readouterr().out
    assert re.search(
        r"edited\.polar:1:1 warning\n    assign_audience\n    The rule on line \d+ already allows everything that ",
        shown,
    )
    assert re.search(r"edited\.polar loads as version \w+, with \d+ warnings\.\n$", shown)
    assert run(monkeypatch, "policy", "check", str(file), "--strict", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["loads"], document["errors"]) == (True, 0)
    assert document["warnings"] == len(document["findings"]) == shown.count(" warning\n")


def test_wrong_usage_has_its_own_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "policy", "check", str(tmp_path / "none.polar")) == 2
    assert run(monkeypatch, "policy", "check", "--watch", "--json") == 2
    monkeypatch.setenv("PORTICO_POLICY", str(tmp_path / "none.polar"))
    assert run(monkeypatch, "policy", "check") == 1


@pytest.mark.usefixtures("in_process")
def test_findings_are_shown_verbatim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Square brackets are markup to the terminal library, and lists to the author; long lines stay one line."""
    file = tmp_path / "edited.polar"
    long = "service.organization_id in [actor.organization_id" + ", actor.organization_id" * 10 + "]"
    file.write_text(policy_with(f'allow(actor: Member, "view", service: Service) if\n    {long};'))
    assert run(monkeypatch, "policy", "check", str(file)) == 1
    assert f"    {long}\n" in capsys.readouterr().out


async def test_a_file_is_checked_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text("first")

    def checked(text: str, name: str, _never: str) -> tuple[Diagnostic, ...]:
        if text == "bad":
            raise PolicyError([Diagnostic(name, 1, 1, text, "It is bad.", "")])
        return ()

    monkeypatch.setattr(MODULE, "checked", checked)
    monkeypatch.setattr(MODULE, "POLL_SECONDS", 0.01)
    watching = asyncio.create_task(MODULE._watch(file))
    shown = ""

    async def until(text: str) -> None:
        nonlocal shown
        async with asyncio.timeout(60):
            while text not in shown:
                await asyncio.sleep(0.01)
                shown += capsys.readouterr().out

    try:
        await until("without warnings")
        file.write_text("bad")
        await until("edited.polar is rejected: 1 error.")
        file.unlink()
        await until("The file can't be read: No such file or directory.")
        shown = ""
        file.write_text("good again")
        await until("without warnings")
    finally:
        watching.cancel()


async def test_a_change_is_reported_once_and_when_it_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    told: list[str] = []

    async def follow() -> None:
        async for _ in watch_file(file, 0.02, before):
            told.append(file.read_text())  # noqa: PERF401 - what was told so far is looked at meanwhile

    before = file_state(file)
    file.write_text("two, and longer")
    following = asyncio.create_task(follow())
    try:
        async with asyncio.timeout(60):
            while not told:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
    finally:
        following.cancel()
    assert told == ["two, and longer"]


def test_what_must_never_be_is_a_part_of_the_state(tmp_path: Path) -> None:
    policy, never = tmp_path / "edited.polar", tmp_path / "policies.never"
    never.write_text("# nothing")
    assert file_state(policy) is None
    policy.write_text("anything")
    with_sentences = file_state(policy)
    never.write_text("never: a Member views a row of another organization")
    assert file_state(policy) not in (None, with_sentences)
    never.unlink()
    assert file_state(policy) not in (None, with_sentences)


def test_ctrl_c_ends_the_watch_cleanly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text("anything")

    def checked(text: str, name: str, _never: str) -> tuple[Diagnostic, ...]:
        asyncio.get_running_loop().call_later(0.05, signal.raise_signal, signal.SIGINT)
        return ()

    monkeypatch.setattr(MODULE, "checked", checked)
    # A shell starts background jobs with SIGINT ignored, and then asyncio doesn't handle it either.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run(monkeypatch, "policy", "check", str(file), "--watch") == 0
    finally:
        signal.signal(signal.SIGINT, before)
    output = capsys.readouterr()
    assert output.out.endswith("Watching. Ctrl-C stops.\n")
    assert output.err == f"Checking edited.polar ({CHECK_TIME})…\n"


async def test_a_server_logs_the_warnings_of_the_policy_that_it_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "policies.polar"
    file.write_text((ROOT / "policies.polar").read_text())
    warning = Diagnostic("policies.polar", 7, 1, "allow", "This rule never matches.", "", Severity.WARNING)
    monkeypatch.setattr("authz.policy.check", lambda *_: (warning,))
    settings = Settings(
        database_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing"),
        data_dir=tmp_path,
        policy=file,
        secret_key=SecretStr("k" * 32),
        mail_worker=False,
        policy_watch=False,
    )
    application = create_application(settings)
    async with application.router.lifespan_context(application):
        assert "policies.polar:7:1: `allow`: This rule never matches." in caplog.text
        caplog.clear()
        file.write_text(f"{file.read_text()}\n# edited\n")
        assert (await application.state.policy_file.reload()).outcome is ReloadOutcome.TAKEN
        assert "policies.polar:7:1: `allow`: This rule never matches." in caplog.text


def test_findings_as_annotations_of_github(
    in_process: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a,b"
    folder.mkdir()
    (folder / "edited.polar").write_text(policy_with(MISTYPED))
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "policy", "check", "a,b/edited.polar", "--format", "github") == 1
    first, second = capsys.readouterr().out.splitlines()
    place = 'file=a%2Cb/edited.polar,line=1,col=22,title="veiw"'
    assert first == f"::error {place}::Service has no action 'veiw'. Did you mean view?"
    assert second == "edited.polar is rejected: 1 error."
    assert run(monkeypatch, "policy", "check", "--format", "github", "--json") == 2
    assert run(monkeypatch, "policy", "check", "--format", "github", "--watch") == 2


def test_line_breaks_stay_within_an_annotation() -> None:
    finding = Diagnostic("p.polar", 0, 0, "a,b:c", "100%\nof it.", "", Severity.WARNING)
    [annotation] = annotations(Path("p.polar"), [finding])
    assert annotation == "::warning file=p.polar,line=1,col=1,title=a%2Cb%3Ac::100%25%0Aof it."


def test_the_problem_matcher_reads_the_findings(
    in_process: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edited.polar"
    file.write_text(policy_with(MISTYPED))
    assert run(monkeypatch, "policy", "check", str(file)) == 1
    lines = capsys.readouterr().out.splitlines()
    [matcher] = json.loads((ROOT / "docs" / "policy-problem-matcher.json").read_text())["problemMatcher"]
    found = [re.fullmatch(pattern["regexp"], line) for pattern, line in zip(matcher["pattern"], lines, strict=False)]
    groups = [match.groups() for match in found if match]
    assert groups == [
        ("edited.polar", "1", "22", "error"),
        ('"veiw"',),
        ("Service has no action 'veiw'.",),
    ]
