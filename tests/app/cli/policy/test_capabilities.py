"""The questions about an actor alone, as `who-can`, `explain`, `what-can` and `diff` answer them."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from app.settings import ROOT
from authz.capabilities import QUESTIONS
from tests.support.depth import some

QUESTIONS_ASKED = [
    ("--action", question.capability.upper(), *(("--on", question.value.lower()) if question.value else ()))
    for question in QUESTIONS
]


@pytest.mark.matrix
def test_every_capability_can_be_asked_of_users(portico: Any) -> None:
    """By each command that takes an action, without a change here for a new capability."""
    emails = ["sam@acme.example", "staff@portico.example"]
    _, out, _ = portico("what-can", "--user", emails[0], "--json")
    held = {
        (each["capability"], value)
        for each in json.loads(out)["capabilities"]
        for value in ([""] if each["values"] is None else each["values"])
        if each["holds"]
    }
    assert {("manages_users", ""), ("assign_permission", "SUPPORT_VIEW")} <= held
    for question, asked in some(zip(QUESTIONS, QUESTIONS_ASKED, strict=True)):
        code, out, _ = portico("who-can", *asked, "--json")
        having = json.loads(out)
        assert (code, having["on"]) == (0, question.value or None)
        users = {user["email"]: user for user in having["users"]}
        assert having["total"] == len(users)
        assert all(way["rules"] and way["traits"] for user in users.values() for way in user["through"])
        for email in emails:
            code, out, _ = portico("explain", "--user", email, *asked, "--json")
            explained = json.loads(out)
            assert (code == 0) is explained["allowed"] is (email in users)
            assert explained["action"] == question.capability
        assert (emails[0] in users) is ((question.capability, question.value) in held)


def test_capabilities_are_told_in_words(portico: Any) -> None:
    code, out, _ = portico("who-can", "--action", "creates_organizations")
    assert (code, "1 user has the capability creates_organizations." in out) == (0, True)
    code, out, _ = portico("who-can", "--action", "assign_permission", "--on", "BILLING_VIEW", "--first", "1")
    assert (code, "have the capability assign_permission BILLING_VIEW." in out) == (0, True)
    assert "permission BILLING_VIEW, permission USER_MANAGEMENT (policies.polar:" in out
    _, out, _ = portico(
        *("who-can", "--action", "assign_permission", "--on", "BILLING_VIEW", "--first", "1", "--json"),
        *("--after", out.rpartition("--after ")[2].strip()),
    )
    assert [user["email"] for user in json.loads(out)["users"]] == ["max@globex.example"]
    asked = ("explain", "--user", "sam@acme.example", "--action", "assign_permission", "--on", "BILLING_VIEW")
    code, out, _ = portico(*asked)
    assert code == 1
    assert "sam@acme.example lacks the capability assign_permission BILLING_VIEW" in out
    assert "permission in actor.permissions (permission is BILLING_VIEW)" in out
    code, out, _ = portico("explain", "--user", "pat@acme.example", "--action", "manages_users")
    assert (code, "the user is active (pending)" in out) == (1, True)
    _, out, _ = portico("what-can", "--user", "sam@acme.example", "--action", "assign_permission")
    assert "SITES_SERVICES_VIEW, SUPPORT_VIEW, USER_MANAGEMENT" in out
    assert "Organization" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["who-can", "--action", "creates_organisations"], "Did you mean creates_organizations?"),
        (["who-can", "--action", "view"], "Name the resource."),
        (["who-can", "--action", "assign_permission"], "Name a value of assign_permission: SITES_SERVICES_VIEW,"),
        (["who-can", "--action", "assign_permission", "--on", "BILING_VIEW"], "Did you mean BILLING_VIEW?"),
        (["who-can", "--action", "manages_users", "--on", "ACME East"], "leave it out."),
        (["who-can", "--action", "manages_users", "--type", "User"], "User has no action manages_users."),
        (["who-can", "--action", "manages_users", "--organization", "Globex"], "no resource to narrow down."),
    ],
)
def test_capabilities_in_wrong_usage(portico: Any, arguments: list[str], message: str) -> None:
    code, _, err = portico(*arguments)
    assert (code, message in " ".join(err.replace("│", " ").split())) == (2, True)


def test_diff_lists_who_gains_a_capability(portico: Any, tmp_path: Path) -> None:
    edited, table = tmp_path / "wider.polar", tmp_path / "changes.csv"
    rule = "creates_organizations(actor: Member) if manages_users(actor);"
    edited.write_text(f"{(ROOT / 'policies.polar').read_text()}\n{rule}\n")
    code, out, _ = portico("diff", "active", str(edited), "--json", "--csv", str(table))
    found = json.loads(out)
    assert (code, found["gained"], found["lost"]) == (3, 4, 0)
    assert found["byAction"] == [{"action": "creates_organizations", "gained": 4, "lost": 0}]
    assert found["byKind"][0] == {"kind": "ORGANIZATION_ADMIN", "gained": 3, "lost": 0}
    with table.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    admins = {"ada@acme.example", "dan@pear.example", "max@globex.example", "sam@acme.example"}
    assert {row["user"] for row in rows} == admins
    assert {(row["type"], row["thing"], row["thing id"]) for row in rows} == {("", "", "")}
    code, out, _ = portico("diff", "active", str(edited), "--limit", "1")
    assert code == 3
    assert "And 3 more" in out
