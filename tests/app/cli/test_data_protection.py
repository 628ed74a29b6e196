"""`portico organization`, `portico user` and `portico erasures`: files, confirmations, exit codes, and kill -9."""

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.data_folder import ROOT
from app.demo.example_users import ACME, GLOBEX
from app.demo.fixed_ids import named_key
from models import Organization, User
from resolvers.data_protection.ownership import organization_tables
from resolvers.public_id import encode
from tests.support.data_protection.erasable_person import ACME_ID, ADA, BEN, EMAIL, NEEDLES, ZEB
from tests.support.data_protection.operator import Operator
from tests.support.data_protection.whole_database import places_of
from tests.support.databases import in_new_loop
from tests.support.distribution import citus
from tests.support.policies import check_cache

pytestmark = pytest.mark.invariant("data_protection")

GLOBEX_ID, MAX = named_key(GLOBEX), named_key("max@globex.example")
COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]
KEY = "k" * 32
SECRETS = "a hash of the password", '"token_hash"', '"secret_hash"', '"password_hash"', '"answer"'


@pytest.fixture
def operator(
    demo_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    """An operator of a database with the demo data, and with Zebulon."""
    monkeypatch.setenv("DATABASE_URL", demo_database_url)
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    operator = Operator(demo_database_url, tmp_path, monkeypatch, capsys)
    operator.prepare()
    return operator


def members(file: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], str]:
    """The manifest, the rows by table, and all text of an export."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        texts = {name: archive.read(name) for name in archive.namelist() if name.startswith("data/")}
    for name, table in manifest["tables"].items():
        text = texts[f"data/{name}.jsonl"]
        assert (hashlib.sha256(text).hexdigest(), len(text)) == (table["sha256"], table["bytes"])
    rows = {
        name.removeprefix("data/").removesuffix(".jsonl"): [json.loads(line) for line in text.splitlines()]
        for name, text in texts.items()
    }
    return manifest, rows, b"".join(texts.values()).decode()


def test_an_export_has_all_rows_of_the_organization_and_no_others(operator: Operator) -> None:
    file = operator.folder / "acme.zip"
    counts = operator.json("organization", "delete", ACME, "--json")["tables"]
    done = operator.json("organization", "export", ACME, "--to", str(file), "--json")
    manifest, rows, text = members(file)
    left_out = manifest["leftOutTables"]
    assert {name for name in counts if name not in left_out} == {name for name, found in rows.items() if found}
    assert {name: len(found) for name, found in rows.items() if found} == {
        name: count for name, count in counts.items() if name not in left_out
    }
    assert (done["rows"], file.stat().st_mode & 0o777) == (sum(map(len, rows.values())), 0o600)
    assert (manifest["format"], manifest["organization"]["name"]) == ("portico-organization-export-1", ACME)
    assert [
        table
        for table in rows
        if set(rows[table][0] if rows[table] else ()) - set(manifest["tables"][table]["columns"])
    ] == []
    assert not any(secret in text for secret in (*SECRETS, str(GLOBEX_ID), "globex"))
    assert "$argon2" not in text
    of_moments = {"sign_in_tickets", "passkey_challenges", "used_assertions"}
    assert set(left_out) == {"idempotency_keys", "cost_buckets", *of_moments}


def test_an_export_is_recorded_and_never_replaces_a_file(operator: Operator) -> None:
    file = operator.folder / "acme.zip"
    file.write_text("mine")
    before = operator.dump()
    for arguments in (("organization", "export", ACME), ("user", "export", EMAIL)):
        code, _, err = operator(*arguments, "--to", str(file))
        assert (code, "never replaces a file" in err) == (1, True)
    assert operator.dump() == before
    file.unlink()
    assert operator("organization", "export", ACME, "--to", str(file))[0] == 0
    assert operator("user", "export", EMAIL, "--to", str(operator.folder / "zeb.zip"))[0] == 0
    events = [json.loads(text) for text in operator.dump()["audit_events"]]
    exports = {event["kind"]: event["subject_id"] for event in events if "exported" in event["kind"]}
    assert exports == {"organization.exported": str(ACME_ID), "user.exported": str(ZEB)}
    assert [path.name for path in operator.folder.glob(".*partial*")] == []


def test_an_export_into_a_folder_gets_a_name(operator: Operator) -> None:
    for arguments, id_ in (
        (("organization", "export", ACME), encode(Organization, ACME_ID)),
        (("user", "export", EMAIL), encode(User, ZEB)),
    ):
        file = Path(operator.json(*arguments, "--to", str(operator.folder), "--json")["file"])
        assert file.parent == operator.folder
        assert re.fullmatch(rf"portico-{id_}-\d{{8}}T\d{{6}}Z\.zip", file.name)
        assert zipfile.is_zipfile(file)


def test_the_export_of_a_person_has_what_is_theirs_and_nothing_about_others(operator: Operator) -> None:
    file = operator.folder / "zeb.zip"
    operator.json("user", "export", EMAIL.upper(), "--to", str(file), "--json")
    manifest, rows, text = members(file)
    assert manifest["user"] == {"id": encode(User, ZEB), "email": EMAIL}
    for name in ("users", "sessions", "outbox_mails", "api_clients", "access_requests", "access_review_entries"):
        assert rows[name], name
    events = {(event["kind"], event["address"], event["changes"] is None) for event in rows["audit_events"]}
    assert ("user.created", None, False) in events
    assert ("user.updated", "203.0.113.77", True) in events
    others = "ben@acme", "ada@acme", str(ADA), "Benjamin", "192.0.2.1"
    assert not any(other in text for other in (*SECRETS, *others))


def test_a_deletion_needs_the_name(operator: Operator) -> None:
    before = operator.dump()
    code, out, _ = operator("organization", "delete", ACME)
    assert (code, "Nothing was deleted" in out) == (0, True)
    for arguments in (("--yes",), ("--yes", "--name", "acme corporation"), ("--yes", "--name", "")):
        assert operator("organization", "delete", ACME, *arguments)[0] == 2
    assert operator("organization", "delete", "No such", "--yes", "--name", "No such")[0] == 2
    assert operator.dump() == before
    done = operator.json("organization", "delete", encode(Organization, ACME_ID), "--yes", "--name", ACME, "--json")
    assert (done["deleted"], done["rows"], len(done["auditHash"])) == (True, sum(done["tables"].values()), 64)
    assert operator.is_intact()
    assert operator("organization", "delete", ACME)[0] == 2


def test_an_erasure_is_tried_out_first(operator: Operator) -> None:
    before = operator.dump()
    code, _, err = operator("user", "erase", EMAIL, "--yes")
    assert (code, "has not been removed" in err) == (1, True)
    code, out, _ = operator("user", "erase", EMAIL, "--remove")
    assert (code, "Nothing was erased" in out) == (0, True)
    assert operator("user", "erase", EMAIL, "--remove", "--also", "ab")[0] == 2
    assert operator("user", "erase", "nobody@x.example", "--yes")[0] == 2
    assert operator.dump() == before
    done = operator.json("user", "erase", EMAIL, "--remove", "--yes", "--json")
    assert (done["erased"], done["already"], done["auditEvents"]) == (True, False, 8)
    assert places_of({**operator.dump(), "contract_accounts": []}, *NEEDLES) == []
    assert operator.is_intact()
    assert operator("user", "erase", done["id"], "--yes")[1] == f"{done['pseudonym']} has already been erased.\n"


def test_what_was_erased_can_be_erased_again_after_a_restore(operator: Operator) -> None:
    file = operator.folder / "erasures.json"
    before = operator.json("erasures", "list")
    assert before == {"users": [], "organizations": []}
    users, organizations = [encode(User, ZEB)], [encode(Organization, GLOBEX_ID)]
    file.write_text(json.dumps({"users": [*users, encode(User, GLOBEX_ID)], "organizations": organizations}))
    assert operator.json("erasures", "apply", str(file), "--json") == {
        "done": False, "users": users, "organizations": organizations
    }  # fmt: skip
    assert operator.json("erasures", "apply", str(file), "--yes", "--json")["done"]
    assert operator.json("erasures", "list") == {"users": users, "organizations": organizations}
    assert places_of({**operator.dump(), "contract_accounts": []}, *NEEDLES, "globex.example") == []
    assert operator("erasures", "apply", str(file), "--yes")[1] == "Nothing to do: none of them is there.\n"
    for text in ("{}", "[]", '{"users": ["x"], "organizations": []}', "no JSON"):
        file.write_text(text)
        assert operator("erasures", "apply", str(file))[0] == 2


COMMANDS = {
    "delete": ("organization", "delete", ACME, "--yes", "--name", ACME),
    "erase": ("user", "erase", EMAIL, "--remove", "--yes"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_kill_9_in_the_middle_changes_nothing_and_it_can_be_repeated(operator: Operator, command: str) -> None:
    before = operator.dump()
    check_cache.seed(operator.folder / "data")
    in_new_loop(kill_in_the_middle(operator, COMMANDS[command]))
    assert operator.dump() == before
    assert operator.is_intact()
    assert operator(*COMMANDS[command])[0] == 0
    after = operator.dump()
    if command == "erase":
        assert places_of({**after, "contract_accounts": []}, *NEEDLES) == []
    else:
        assert places_of({**after, "audit_events": [], "audit_heads": []}, str(ACME_ID), str(BEN)) == []
        for table in organization_tables():
            assert set(after[table.name]) <= set(before[table.name]) or table.name in ("audit_events", "audit_heads")
    assert operator.is_intact()


async def kill_in_the_middle(operator: Operator, arguments: tuple[str, ...]) -> None:
    """Lock a mail, so that the command waits when it has done half, and kill it there."""
    blocking, watching = await asyncpg.connect(operator.url), await asyncpg.connect(operator.url)
    transaction = blocking.transaction()
    await transaction.start()
    await blocking.execute("SELECT FROM outbox_mails WHERE organization_id = $1 FOR UPDATE", ACME_ID)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        here = f"FROM {citus.activity()} WHERE datname = current_database()"
        waiting = f"SELECT count(*) {here} AND wait_event_type = 'Lock'"
        async with asyncio.timeout(120):
            while not await watching.fetchval(waiting):
                assert process.poll() is None
                await asyncio.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    await transaction.rollback()
    gone = f"SELECT count(*) {here} AND application_name LIKE 'portico data%'"
    async with asyncio.timeout(60):
        while await watching.fetchval(gone):
            await asyncio.sleep(0.05)
    await blocking.close()
    await watching.close()
