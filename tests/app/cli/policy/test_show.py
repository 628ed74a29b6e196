"""`portico policy show`: what the rules became, for whom, through which rules, and as which statement."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.cli.demo import load_example
from app.data_folder import ROOT
from app.settings import Settings
from authz.capabilities import QUESTIONS
from authz.model.actions import ACTIONS
from tests.support.cli import run


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was printed as JSON."""
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["answers"]
    return found


def test_everything_is_shown_in_one_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "policy", "show") == 0
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Organization create_user Staff never" in rows
    assert any(row.startswith("Organization create_user Member USER_MANAGEMENT 1 policies.polar:") for row in rows)
    for model, actions in ACTIONS.items():
        for action in actions:
            assert sum(row.startswith(f"{model.__name__} {action} ") for row in rows) == 3


def test_every_capability_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "policy", "show", "--actor", "member") == 0
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for question in QUESTIONS:
        assert sum(row.startswith(f"{question} Member ") for row in rows) == 1
    assert any(row.startswith("makes_api_clients Member DEVELOPER_PORTAL if policies.polar:") for row in rows)
    assert "creates_organizations Member never" in rows
    asked = ("show", "--action", "assign_permission", "--actor", "member")
    assert run(monkeypatch, "policy", *asked) == 0
    shown = capsys.readouterr().out
    assert "assign_permission BILLING_VIEW: Member if BILLING_VIEW, USER_MANAGEMENT\n├── yes\n└── through\n" in shown
    assert run(monkeypatch, "policy", *asked, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["answers"] == []
    (given,) = (each for each in document["capabilities"] if each["value"] == "BILLING_VIEW" and each["holds"])
    assert given["when"] == [{"BILLING_VIEW": True, "USER_MANAGEMENT": True}]
    assert given["branches"][0]["rules"][0].startswith("policies.polar:")


def test_a_tree_shows_who_gets_which_predicate_and_through_which_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "policy", "show", "--type", "service", "--actor", "member") == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Service view: Member if not SITES_SERVICES_VIEW\n└── no row\n")
    _, _, tree = shown.partition("all_contract_accounts, audience DELIVERY\n")
    assert "Staff" not in shown
    assert (ROOT / "docs" / "policy-commands.md").read_text().partition("```text\nService view: ")[2].partition("```")[
        0
    ] in shown
    assert "├── all of\n│   ├── organization_id = actor.organization_id\n│   ├── some contract_account.grants\n" in tree
    assert "policies.polar:" in tree.partition("through")[2]
    assert "\x1b" not in shown


def test_json_output_is_complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "policy", "show", "--action", "create_user", "--json") == 0
    denied, allowed, staff, *clients = answers(capsys)
    assert allowed.pop("branches")[0]["rules"][0].startswith("policies.polar:")
    assert allowed == {
        "type": "Organization",
        "action": "create_user",
        "actor": "Member",
        "when": [{"USER_MANAGEMENT": True}],
        "predicate": "id = actor.organization_id",
        "tree": {"condition": "id = actor.organization_id"},
    }
    assert (denied["when"], denied["predicate"], denied["branches"]) == ([{"USER_MANAGEMENT": False}], "false", [])
    assert (staff["actor"], staff["when"], staff["predicate"]) == ("Staff", [{}], "false")
    scoped = {"DEVELOPER_PORTAL": True, "USER_MANAGEMENT": True, "users.write": True}
    assert {each["actor"] for each in clients} == {"Client"}
    assert [each["when"] for each in clients if each["predicate"] != "false"] == [[scoped]]


def test_the_statement_is_shown_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    question = ("show", "--type", "User", "--action", "update", "--sql")
    assert run(monkeypatch, "policy", *question, "--json") == 0
    statements = [answer["sql"] for answer in answers(capsys)]
    assert run(monkeypatch, "policy", *question) == 0
    shown = capsys.readouterr().out
    for statement in statements:
        assert statement.startswith("SELECT this.id\nFROM users AS this\nWHERE ")
        assert all(line in shown for line in statement.splitlines())
    assert any(":actor_id" in statement for statement in statements)


def test_a_user_of_the_database_gets_one_decision_and_a_plan(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(secret_key=SecretStr("k" * 32), data_dir=tmp_path).with_database(database_url)
    assert asyncio.run(load_example(settings))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    question = ("show", "--user", "Dan@pear.example", "--type", "Service")
    assert run(monkeypatch, "policy", *question, "--json", "--plan") == 0
    (dan,) = answers(capsys)
    assert dan["predicate"] == (
        "organization_id = actor.organization_id and some delivery_account.grants (user_id = actor.id)"
    )
    assert "Scan" in "\n".join(dan["plan"])
    assert run(monkeypatch, "policy", *question) == 0
    assert capsys.readouterr().out.startswith(
        "Service view: dan@pear.example, Member with audience DELIVERY, all_contract_accounts, "
    )
    assert run(monkeypatch, "policy", "show", "--type", "User", "--plan", "--json") == 0
    assert all(answer["plan"] for answer in answers(capsys))
    assert run(monkeypatch, "policy", "show", "--user", "pat@acme.example") == 2
    assert "is not active" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--type", "Servise"], "Did you mean Service?"),
        (["--action", "veiw"], "Did you mean view?"),
        (["--type", "Service", "--action", "assign"], "Use one of: view."),
        (["--user", "a@b.example", "--actor", "Staff"], "a user has one kind."),
    ],
)
def test_unknown_names_are_wrong_usage(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "policy", "show", *arguments) == 2
    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())
