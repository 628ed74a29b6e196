"""`portico policy who-can`, `what-can` and `diff`: what people and machines read, and what CI learns."""

import asyncio
import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from app.cli.policy import database_context
from app.settings import ROOT, Settings
from tests.support.cli import run
from tests.support.databases import execute
from tests.support.worlds.models import key

RULE = "was_granted_contract_account(actor: Member, account: ContractAccount) if\n"
ADMITS = 'audience_admits(actor: Member, service: Service) if\n    actor.audience = "DELIVERY" and\n'


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The policy, after an edit by which nobody is granted ACME East."""
    file = tmp_path / "edited.polar"
    text = (ROOT / "policies.polar").read_text()
    file.write_text(text.replace(RULE, f'{RULE}    account.name != "ACME East" and\n', 1))
    return file


def test_who_can(portico: Any) -> None:
    code, out, _ = portico("who-can", "--action", "view", "--on", "ACME East", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["on"] == {"type": "ContractAccount", "id": f"ca_{key(12)}", "name": "ACME East"}
    assert (found["total"], found["next"]) == (5, None)
    noc = next(user for user in found["users"] if user["email"] == "noc@pear.example")
    assert (noc["kind"], noc["organization"]) == ("DELIVERY_USER", "ACME Corporation")
    assert noc["through"][0]["rows"] == ["grant of ACME East"]
    assert noc["through"][0]["rules"][0].startswith("policies.polar:")
    code, out, _ = portico("who-can", "--action", "view", "--on", f"ca_{key(12)}")
    assert code == 0
    assert "5 users may view ContractAccount ACME East of ACME Corporation." in out
    assert "grant of ACME East" in out


def test_an_ambiguous_name_lists_the_candidates(portico: Any) -> None:
    code, _, err = portico("who-can", "--action", "view", "--on", "PEAR Corp")
    assert code == 2
    assert f"da_{key(21)}" in err
    code, out, _ = portico("who-can", "--action", "view", "--on", "pear corp", "--organization", "Globex", "--json")
    assert (code, [user["email"] for user in json.loads(out)["users"]]) == (
        0,
        ["max@globex.example", "staff@portico.example"],
    )
    assert portico("who-can", "--action", "view", "--on", f"ca_{key(21)}")[0] == 2
    assert portico("who-can", "--action", "fly", "--on", "PEAR Corp")[0] == 2


def test_what_can(portico: Any) -> None:
    code, out, _ = portico(
        "what-can", "--user", "dan@pear.example", "--type", "ContractAccount", "--json", "--first", "1"
    )
    found = json.loads(out)
    assert code == 0
    assert found["counts"] == [
        {"type": "ContractAccount", "action": "view", "things": 2},
        {"type": "ContractAccount", "action": "assign", "things": 2},
        {"type": "ContractAccount", "action": "view_billing", "things": 0},
    ]
    assert [(each["name"], each["actions"]) for each in found["things"]] == [("ACME East", ["view", "assign"])]
    _, out, _ = portico(
        "what-can", "--user", "dan@pear.example", "--type", "ContractAccount", "--json", "--after", found["next"]
    )
    assert [each["name"] for each in json.loads(out)["things"]] == ["ACME South"]


@pytest.mark.parametrize("email", ["pat@acme.example", "eve@acme.example", "rob@acme.example"])
def test_an_inactive_user_has_access_to_nothing(portico: Any, email: str) -> None:
    code, out, _ = portico("what-can", "--user", email)
    assert (code, "is not active and has access to nothing" in out) == (0, True)


def test_diff(portico: Any, edited: Path, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    code, out, _ = portico("diff", "active", str(edited), "--json", "--csv", str(file), "--limit", "2")
    assert code == 3
    found = json.loads(out)
    lost = {("noc@pear.example", "view", "ACME East")}
    lost |= {("noc@pear.example", "view", code) for code in ("SVC-000004", "SVC-000005")}
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {(row["user"], row["action"], row["thing"]) for row in rows} == lost
    code, out, _ = portico("diff", "active", str(edited), "--csv", "-")
    assert (code, list(csv.DictReader(io.StringIO(out, newline="")))) == (3, rows)
    assert portico("diff", "active", str(edited), "--csv", "-", "--json")[0] == 2
    assert (found["gained"], found["lost"], len(found["changes"])) == (0, len(lost), 2)
    assert found["byOrganization"] == [{"organization": "ACME Corporation", "gained": 0, "lost": 3}]
    assert found["byKind"] == [{"kind": "DELIVERY_USER", "gained": 0, "lost": 3}]
    assert found["byAction"] == [
        {"action": "view Service", "gained": 0, "lost": 2},
        {"action": "view ContractAccount", "gained": 0, "lost": 1},
    ]
    lines = (ROOT / "policies.polar").read_text().splitlines()
    assert [rule["rule"] for rule in found["byRule"]] == ["was_granted_contract_account"]
    place = found["byRule"][0]["ruleAt"]
    assert f"{lines[int(place.rpartition(':')[2]) - 1]}\n" == RULE
    for change in found["changes"]:
        assert (change["rule"], change["ruleAt"]) == ("was_granted_contract_account", place)
        assert lines[int(change["rules"][0].rpartition(":")[2]) - 1].startswith('allow(actor: Member, "view"')


def test_diff_shows_the_paths_of_rules_on_request(portico: Any, tmp_path: Path) -> None:
    """The edit is of a rule that only one action uses, because the comparison by traits takes long for one of many."""
    file, text = tmp_path / "narrower.polar", (ROOT / "policies.polar").read_text()
    file.write_text(text.replace(ADMITS, f'{ADMITS}    service.code != "SVC-000004" and\n', 1))
    place = f"policies.polar:{text[: text.index(ADMITS)].count(chr(10)) + 1}"
    _, out, _ = portico("diff", "active", str(file), "--limit", "0")
    assert f"audience_admits, {place}" in out
    assert "→" not in out
    _, out, _ = portico("diff", "active", str(file), "--limit", "0", "--verbose")
    assert f"→ audience_admits, {place}" in out
    assert 'allow(Member, "view", Service), policies.polar:' in out
    code, out, _ = portico("diff", str(file), "active", "--limit", "0")
    assert code == 3
    assert "2 gained, 0 lost on today's data." in out


def test_diff_includes_clients(portico: Any, tmp_path: Path) -> None:
    file, table = tmp_path / "narrower.polar", tmp_path / "changes.csv"
    rule = "reads(client: Client) if\n    is_alive(client) and\n"
    text = (ROOT / "policies.polar").read_text()
    file.write_text(text.replace(rule, f'{rule}    "BILLING_VIEW" in client.owner.permissions and\n', 1))
    assert file.read_text() != text
    code, out, _ = portico("diff", "active", str(file))
    # Nobody whom it concerns is there today, but they may come.
    assert (code, "Nobody's access changes on today's data." in out) == (3, True)
    assert "By traits, for all users, clients and rows that could exist: 7 narrower." in out
    file.write_text(text.replace(rule, f'{rule}    client.owner.audience = "DELIVERY" and\n', 1))
    code, out, _ = portico("diff", "active", str(file), "--json", "--csv", str(table))
    found = json.loads(out)
    assert (code, found["gained"]) == (3, 0)
    assert [each["kind"] for each in found["byKind"]] == ["API_CLIENT"]
    with table.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == found["lost"] > 10
    assert {row["user"] for row in rows} == {"ada@acme.example", "max@globex.example"}
    assert all(row["client"] and row["user or client id"].startswith("cli_") for row in rows)
    code, out, _ = portico("diff", "active", str(file), "--limit", "1")
    assert f" of {found['changes'][0]['user']}" in out or " of max@globex.example" in out


def test_diff_of_the_same_rules(portico: Any, tmp_path: Path) -> None:
    same = tmp_path / "same.polar"
    same.write_text("# Nothing but a comment.\n" + (ROOT / "policies.polar").read_text())
    code, out, _ = portico("diff", "active", str(same))
    assert (code, "Nobody's access changes on today's data." in out) == (0, True)
    assert "By traits, nothing changes" in out


def test_diff_sets_apart_what_crosses_a_border(portico: Any, tmp_path: Path) -> None:
    edited = tmp_path / "edited.polar"
    own = 'allow(actor: Member, "view", organization: Organization) if\n    organization.id = actor.organization_id;'
    text = (ROOT / "policies.polar").read_text()
    assert own in text
    edited.write_text(text.replace(own, 'allow(_: Member, "view", _: Organization);'))
    code, out, _ = portico("diff", "active", str(edited), "--limit", "0")
    assert (code, "gained cross the border of an organization." in out) == (3, True)
    assert "of these let users or clients reach rows of another organization." in out
    code, out, _ = portico("diff", "active", str(edited), "--json", "--limit", "0")
    found = json.loads(out)
    assert found["crossing"] == {"gained": found["gained"], "lost": 0}


def test_diff_by_traits_needs_no_database(
    monkeypatch: pytest.MonkeyPatch, portico: Any, edited: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    code, out, _ = portico("diff", "active", str(edited), "--by-traits")
    assert (code, "view ContractAccount: narrower" in out, "allowed before, denied now" in out) == (3, True, True)
    code, out, _ = portico("diff", "active", str(edited), "--by-traits", "--json")
    found = json.loads(out)
    assert (code, found["differs"], found["wider"], found["both"]) == (3, True, 0, 0)
    change = next(each for each in found["changes"] if (each["type"], each["actor"]) == ("ContractAccount", "Member"))
    assert [row["type"] for row in change["lost"]["rows"]] == ["ContractAccount", "ContractGrant"]
    assert portico("diff", "active", "active", "--by-traits")[0] == 0
    assert portico("diff", "active", "active", "--by-traits", "--csv", str(tmp_path / "x.csv"))[0] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["who-can", "--action", "veiw", "--on", "ACME East"], "Did you mean view?"),
        (["what-can", "--user", "dan@pear.example", "--type", "Servise"], "Did you mean Service?"),
        (["explain", "--user", "dan@pear.example", "--action", "asign", "--on", "ACME East"], "Did you mean assign?"),
        (["diff", "active", "nothere.polar"], "File 'nothere.polar' does not exist."),
        (["shadow", "nothere.polar"], "'nothere.polar' does not exist."),
    ],
)
def test_unknown_names_and_files_are_wrong_usage(portico: Any, arguments: list[str], message: str) -> None:
    code, _, err = portico(*arguments)
    assert (code, message in " ".join(err.replace("│", " ").split())) == (2, True)


def test_another_policy_file_can_be_named(portico: Any, edited: Path) -> None:
    question = ("--user", "noc@pear.example", "--action", "VIEW", "--on", "ACME East", "--type", "contractaccount")
    assert portico("explain", *question)[0] == 0
    assert portico("explain", *question, "--policy", str(edited))[0] == 1
    _, out, _ = portico("who-can", "--action", "view", "--on", "ACME East", "--policy", str(edited), "--json")
    assert "noc@pear.example" not in [user["email"] for user in json.loads(out)["users"]]
    _, out, _ = portico("what-can", "--user", "noc@pear.example", "--type", "ContractAccount", "--policy", str(edited))
    assert "ACME East" not in out
    _, out, _ = portico("show", "--type", "ContractAccount", "--user", "noc@pear.example", "--policy", str(edited))
    assert "ACME East" in out


def test_diff_rejects_what_the_server_would_reject(portico: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.polar"
    broken.write_text(
        'allow(actor: Member, "veiw", service: Service) if service.organization_id = actor.organization_id;'
    )
    code, _, err = portico("diff", "active", str(broken))
    assert code == 1
    assert "broken.polar:1:22" in err


def test_without_organizations_the_example_data_is_used_beside_the_real_database(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And never loaded into it: its users have a password that everybody knows."""
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(database_url))

    async def users(url: str) -> list[str]:
        connection = await asyncpg.connect(url)
        try:
            return [row[0] for row in await connection.fetch("SELECT email FROM users ORDER BY email")]
        finally:
            await connection.close()

    example_data = asyncio.run(database_context._with_data(settings))
    try:
        assert "pia@pear.example" in asyncio.run(users(example_data.database()))
        assert asyncio.run(users(database_url)) == []
        assert "The database has no organization yet: using the example data." in capsys.readouterr().err
        assert asyncio.run(database_context._with_data(settings)).database() == example_data.database()
    finally:
        asyncio.run(execute(database_url, f"DROP DATABASE {database_context.EXAMPLE} WITH (FORCE)"))


def test_explain(portico: Any) -> None:
    asked = ("explain", "--user", "pia@pear.example", "--action", "view", "--on")
    code, out, _ = portico(*asked, "SVC-000004", "--json")
    found = json.loads(out)
    assert (code, found["allowed"], found["on"]["name"]) == (1, False, "SVC-000004")
    missing = [each for each in found["ways"][0]["conditions"] if not each["holds"]]
    assert found["ways"][0]["missing"] == len(missing) == 1
    assert missing[0]["source"].startswith("policies.polar:")
    code, out, _ = portico(*asked, "SVC-000004", "--ways", "2")
    assert code == 1
    assert "no grant of ACME East to pia@pear.example" in out
    code, out, _ = portico(*asked, "SVC-000001", "--organization", "ACME Corporation")
    assert code == 0
    assert "pia@pear.example may view Service SVC-000001" in out
    assert "grant of PEAR Corp" in out


@pytest.mark.parametrize(
    "asked",
    [
        ("nobody@acme.example", "view", "SVC-000004"),
        ("pia@pear.example", "veiw", "SVC-000004"),
        ("pia@pear.example", "view", "SVC-999999"),
    ],
)
def test_explain_of_unknown_names_is_wrong_usage(portico: Any, asked: tuple[str, str, str]) -> None:
    user, action, on = asked
    code, _, _ = portico("explain", "--user", user, "--action", action, "--on", on)
    assert code == 2


def test_no_other_user_can_get_a_policy_past_the_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever command is the first to check the policy makes the folder that says so, whatever the umask."""
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    before = os.umask(0)
    try:
        assert run(monkeypatch, "policy", "show", "--action", "view", "--type", "Service") == 0
    finally:
        os.umask(before)
    assert not (tmp_path / "policy-check-cache").stat().st_mode & 0o066
