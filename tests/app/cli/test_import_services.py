"""`portico import-services`: what a file may look like, what is refused and how it is told, all or nothing."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.cli.import_services import LARGE
from app.demo import example
from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.mutations.onboarding import service_csv
from tests.support.cli import run
from tests.support.databases import in_new_loop
from tests.support.resolver_fixtures import PEAR, SOUTH

HEADER = "code,name,status,contract_account,delivery_account,city,country"
GOOD = "SVC-000101,Internet access,ACTIVE,ACME South,PEAR Corp,Utrecht,NL"
KEY = "k" * 32


@pytest.fixture(scope="module")
def database(shared_database_url: str) -> str:
    """The example world. Each test imports codes of its own."""

    async def load() -> None:
        connection = await asyncpg.connect(shared_database_url)
        await example.load(connection, KEY.encode())
        await connection.close()

    in_new_loop(load())
    return shared_database_url


class Importer:
    """Runs the command in this process."""

    def __init__(self, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.url, self.folder, self.monkeypatch, self.capsys = url, folder, monkeypatch, capsys

    def __call__(self, text: str | bytes, *options: str, organization: str = ACME) -> tuple[int, str]:
        """The exit code, and what was printed."""
        file = self.folder / "services.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = run(self.monkeypatch, "import-services", organization, str(file), *options)
        return code, self.capsys.readouterr().out

    def json(self, text: str | bytes, *options: str, organization: str = ACME) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(text, "--json", *options, organization=organization)[1])
        return found

    def rows(self, sql: str, *values: Any) -> list[Any]:
        async def fetch() -> list[Any]:
            connection = await asyncpg.connect(self.url)
            try:
                return list(await connection.fetch(sql, *values))
            finally:
                await connection.close()

        return in_new_loop(fetch())


@pytest.fixture
def importer(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Importer:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("PORTICO_SECRET_KEY", KEY)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return Importer(database, tmp_path, monkeypatch, capsys)


def test_services_are_stored_with_one_event_in_the_trail(importer: Importer) -> None:
    code, said = importer(f"{HEADER}\n{GOOD}\nSVC-000102,Firewall, planned ,ACME East,ACME North,Kraków,pl\n")
    assert (code, said) == (0, "Imported 2 services.\n")
    stored = importer.rows("SELECT * FROM services WHERE code IN ('SVC-000101', 'SVC-000102') ORDER BY code")
    assert [(row["name"], row["status"], row["city"], row["country"]) for row in stored] == [
        ("Internet access", "ACTIVE", "Utrecht", "NL"),
        ("Firewall", "PLANNED", "Kraków", "PL"),
    ]
    assert (stored[0]["contract_account_id"], stored[0]["delivery_account_id"]) == (SOUTH, PEAR)
    [event] = importer.rows("SELECT * FROM audit_events WHERE kind = 'services.imported' ORDER BY id DESC LIMIT 1")
    assert json.loads(event["changes"]) == {"services": [None, 2]}
    assert (event["organization_id"], event["subject_id"]) == (named_key(ACME), named_key(ACME))
    assert (event["actor_id"], event["address"]) == (None, "cli")
    assert event["policy_version"]


@pytest.mark.parametrize(("line", "separator"), [("sep=;", ";"), ("SEP=,", ","), ('"sep=|"', "|"), ("sep=\t", "\t")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_separator_line_of_excel_is_followed(line: str, separator: str, end: str) -> None:
    good = GOOD.replace(",", separator)
    text = end.join([line, HEADER.replace(",", separator), good, "too few", ""])
    for data in (text.encode(), text.encode("utf-8-sig")):
        found = service_csv.read(data)
        assert [(each.number, each.code, each.country) for each in found.lines] == [(3, "SVC-000101", "NL")]
        assert [each.path for each in found.problems] == [("lines", "4", "")]


def test_another_separator_is_refused_with_its_reason() -> None:
    for line in ("sep=", "sep=:", "sep=;;"):
        found = service_csv.read(f"{line}\n{HEADER}\n{GOOD}\n".encode())
        assert found.lines == ()
        assert [each.message for each in found.problems] == [
            "The separator after sep= must be a comma, a semicolon, a tab or a vertical bar."
        ]
    (problem,) = service_csv.read(f"sep=;\n{HEADER}\n".encode()).problems
    assert (problem.path, problem.message[:14]) == (("lines", "2", ""), "The first line")


def test_all_rejected_lines_are_listed_and_nothing_is_stored(importer: Importer) -> None:
    text = f"""{HEADER}
SVC-000201,Fine,ACTIVE,ACME South,PEAR Corp,Utrecht,NL
svc 2,,GONE,ACME Sud,Nobody,,XX
SVC-000201,Twice,ACTIVE,ACME South,PEAR Corp,Utrecht,NL

SVC-000001,Taken,ACTIVE,ACME South,PEAR Corp,Utrecht,NL
SVC-000202,too,few
"""
    found = importer.json(text)
    assert found["imported"] is None
    assert [(row["line"], row["column"], row["value"], row["code"]) for row in found["refused"]] == [
        (3, "code", "svc 2", "INVALID"),
        (3, "name", "", "INVALID"),
        (3, "status", "GONE", "INVALID"),
        (3, "city", "", "INVALID"),
        (3, "country", "XX", "INVALID"),
        (3, "contract_account", "ACME Sud", "NOT_FOUND"),
        (3, "delivery_account", "Nobody", "NOT_FOUND"),
        (4, "code", "SVC-000201", "CODE_TAKEN"),
        (6, "code", "SVC-000001", "CODE_TAKEN"),
        (7, None, None, "INVALID"),
    ]
    code, table = importer(text)
    assert code == 1
    assert "Nothing was imported: 4 lines rejected." in table
    assert all(part in table for part in ("ACME Sud", "Line 2 has the same code.", "3 fields"))
    assert importer.rows("SELECT 1 FROM services WHERE code = 'SVC-000201'") == []


def test_missing_accounts_are_created_only_on_request(importer: Importer) -> None:
    text = f"""{HEADER}
SVC-000301,A,ACTIVE,Initech,Initech,Austin,US
SVC-000302,B,ACTIVE,Initech,PEAR Corp,Austin,US
"""
    assert {row["column"] for row in importer.json(text)["refused"]} == {"contract_account", "delivery_account"}
    made = importer.json(text, "--create-accounts", "--dry-run")
    assert made == {
        "imported": {"services": 2, "contractAccounts": 1, "deliveryAccounts": 1},
        "dryRun": True,
        "refused": [],
    }
    accounts = "SELECT 1 FROM contract_accounts WHERE name = 'Initech'"
    assert (importer.rows(accounts), importer(text)[0]) == ([], 1)
    code, said = importer(text, "--create-accounts")
    assert (code, said) == (0, "Imported 2 services, 1 new contract account, 1 new delivery account.\n")
    assert len(importer.rows(accounts)) == 1
    kinds = importer.rows("SELECT kind FROM audit_events WHERE changes -> 'name' ->> 1 = 'Initech' ORDER BY kind")
    assert [row["kind"] for row in kinds] == ["contract_account.created", "delivery_account.created"]


def test_a_name_shared_by_two_accounts_is_ambiguous(importer: Importer) -> None:
    add = (
        "INSERT INTO delivery_accounts (id, organization_id, name) VALUES (gen_random_uuid(), $1, 'Umbra') RETURNING 1"
    )
    for _ in range(2):
        importer.rows(add, named_key(ACME))
    text = f"{HEADER}\n{GOOD.replace('PEAR Corp', 'Umbra').replace('101', '401')}\n"
    [refused] = importer.json(text, "--create-accounts")["refused"]
    assert (refused["column"], refused["value"], refused["code"]) == ("delivery_account", "Umbra", "INVALID")
    assert "2 accounts" in refused["reason"]


@pytest.mark.parametrize(
    ("who", "organization", "code"),
    [
        ("staff@portico.example", ACME, None),
        ("Staff@Portico.example ", f"org_{named_key('Globex')}", "NOT_FOUND"),
        ("ada@acme.example", ACME, "FORBIDDEN"),
        ("max@globex.example", ACME, "NOT_FOUND"),
        ("max@globex.example", "Nowhere", "NOT_FOUND"),
        ("rob@acme.example", ACME, "NOT_FOUND"),
    ],
)
def test_a_user_may_import_in_their_name_if_the_policy_allows_it(
    importer: Importer, who: str, organization: str, code: str | None
) -> None:
    """Into Globex, staff may too; there, ACME South is no account."""
    found = importer.json(f"{HEADER}\n{GOOD.replace('101', '501')}\n", "--as", who, organization=organization)
    assert [row["code"] for row in found["refused"]][:1] == ([code] if code else [])
    if code is None:
        [event] = importer.rows("SELECT * FROM audit_events WHERE kind = 'services.imported' ORDER BY id DESC LIMIT 1")
        assert (event["actor_id"], event["address"]) == (named_key("staff@portico.example"), "cli")


def test_an_ambiguous_organization_is_rejected(importer: Importer) -> None:
    add = "INSERT INTO organizations (id, name) VALUES (gen_random_uuid(), 'Twin') RETURNING id"
    ids = {f"org_{importer.rows(add)[0]['id']}" for _ in range(2)}
    [refused] = importer.json(f"{HEADER}\n{GOOD}\n", organization="Twin")["refused"]
    assert (refused["line"], refused["column"], refused["code"]) == (None, "organization", "INVALID")
    assert all(each in refused["reason"] for each in ids)


def test_the_file_can_come_from_standard_input(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{HEADER}\n{GOOD.replace('101', '601')}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert run(monkeypatch, "import-services", ACME, "-", "--dry-run") == 0
    assert importer.capsys.readouterr().out == "Would import 1 service.\n"


def test_a_file_cannot_control_the_terminal(importer: Importer) -> None:
    code, table = importer(f"{HEADER}\n{GOOD.replace('Utrecht', chr(27) + '[2J[red]')}\n")
    assert code == 1
    assert "\N{REPLACEMENT CHARACTER}[2J[red]" in table
    assert chr(27) not in table


@pytest.mark.parametrize(("count", "bar"), [(LARGE - 1, False), (LARGE, True)])
def test_a_terminal_shows_the_progress_of_a_large_file(
    importer: Importer, monkeypatch: pytest.MonkeyPatch, count: int, bar: bool
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    rows = (GOOD.replace("000101", f"{count}-{number}") for number in range(count))
    importer.folder.joinpath("large.csv").write_text("\n".join([HEADER, *rows]))
    assert run(monkeypatch, "import-services", ACME, str(importer.folder / "large.csv")) == 0
    assert (f"{count}/{count}" in importer.capsys.readouterr().err) == bar


SEMICOLONS = HEADER.replace(",", ";")


@pytest.mark.parametrize(
    "data",
    [
        f"{HEADER}\n{GOOD}\n".encode(),
        f"\ufeff{HEADER}\r\n{GOOD}\r\n".encode(),
        f"{SEMICOLONS}\n{GOOD.replace(',', ';')}".encode(),
        "\n".join(",".join(row.split(",")[::-1]) for row in (HEADER.upper(), GOOD)).encode(),
        b'"' + HEADER.replace(",", '","').encode() + b'"\n"' + GOOD.replace(",", '","').encode() + b'"\n',
    ],
    ids=["plain", "byte order mark", "semicolons", "other order", "quoted"],
)
def test_accepted_file_formats(data: bytes) -> None:
    found = service_csv.read(data)
    assert found.problems == []
    [line] = found.lines
    assert (line.number, line.code, line.contract_account, line.country) == (2, "SVC-000101", "ACME South", "NL")


def test_quoted_fields_hold_separators_and_lines_keep_their_numbers() -> None:
    text = f'{HEADER}\nA,"Line, ""fast""\nand far",ACTIVE,X,Y,Z,NL\n\n,,,,,,\nB,Fine,ACTIVE,X,Y,Z,NL\n'
    found = service_csv.read(text.encode())
    assert [(line.number, line.name) for line in found.lines] == [(2, 'Line, "fast"\nand far'), (6, "Fine")]


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "The first line must name"),
        (b"code,name\n1,2\n", 1, "The first line must name"),
        (f"{HEADER},code\n".encode(), 1, "The first line must name"),
        (f"{HEADER}\n".encode(), 1, "no services"),
        (f"{HEADER}\n{GOOD}\n".encode() + b"SVC,\xff,,,,,\n", 3, "not UTF-8"),
        (f'{HEADER}\n{GOOD}\n"A"B,,,,,,\n'.encode(), 3, "not CSV"),
        (f'{HEADER}\n{GOOD}\n"A,,,,,,\n'.encode(), 3, "not CSV"),
        (f'"{HEADER}\n{GOOD}\n'.encode(), 1, "not CSV"),
        (f"{HEADER}{'x' * 200_000}\n{GOOD}\n".encode(), 1, "not CSV"),
    ],
    ids=[
        "empty",
        "columns missing",
        "column twice",
        "header only",
        "not UTF-8",
        "after a quote",
        "open quote",
        "open quote at once",
        "larger than a field",
    ],
)
def test_a_malformed_file_is_reported_with_its_line(data: bytes, line: int, message: str) -> None:
    [problem] = service_csv.read(data).problems
    assert problem.path[1] == str(line)
    assert message in problem.message
