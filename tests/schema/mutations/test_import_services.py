"""`importServices`: parts of a CSV file, all or nothing, for staff; and what it says of refused lines."""

from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from resolvers.mutations.onboarding.service_batch import MAX_LINES
from tests.support.queries import ask
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFF, ADA = "staff@portico.example", "ada@acme.example"
OWN = f"org_{named_key(ACME)}"
HEADER = "code,name,status,contract_account,delivery_account,city,country"
IMPORT = """mutation ($input: ImportServicesInput!) { importServices(input: $input) {
  services contractAccounts deliveryAccounts refused { line column value code message } errors { code path message }
} }"""
FIND = "query ($search: String!) { services(filter: {search: $search}) { totalCount } }"


def csv(*lines: str) -> str:
    return "\n".join((HEADER, *lines)) + "\n"


def good(code: str) -> str:
    return f"{code},Line,ACTIVE,ACME South,PEAR Corp,Oslo,NO"


async def send(client: Client, who: str | None, text: str, **options: Any) -> dict[str, Any]:
    token = await client.session(who) if who else None
    answer = await client.data(IMPORT, token, input={"organization": OWN, "csv": text} | options)
    payload: dict[str, Any] = answer["importServices"]
    return payload


async def count(client: Client, search: str) -> int:
    found: int = (await ask(client, STAFF, FIND, search=search))["services"]["totalCount"]
    return found


async def test_a_dry_run_stores_nothing_and_says_what_the_import_does(client: Client) -> None:
    text = csv(good("DRY-1"), "DRY-2,Line,ACTIVE,ACME South,Nowhere Yet,Oslo,NO")
    dry = await send(client, STAFF, text, createAccounts=True, dryRun=True)
    assert (dry["services"], dry["contractAccounts"], dry["deliveryAccounts"], dry["errors"]) == (2, 0, 1, [])
    assert await count(client, "DRY-") == 0
    assert await send(client, STAFF, text, createAccounts=True) == dry
    assert await count(client, "DRY-") == 2
    again = await send(client, STAFF, text)
    assert {(refused["line"], refused["code"]) for refused in again["refused"]} == {
        (2, "CODE_TAKEN"),
        (3, "CODE_TAKEN"),
    }


async def test_refused_lines_have_their_numbers_in_the_file_and_nothing_is_stored(client: Client) -> None:
    text = csv(good("BAD-1"), "bad 2,Line,LATER,ACME South,PEAR Corp,Oslo,XX", "BAD-3,Line")
    payload = await send(client, STAFF, text, skippedLines=5_000)
    assert [(each["line"], each["column"], each["value"]) for each in payload["refused"]] == [
        (5003, "code", "bad 2"),
        (5003, "status", "LATER"),
        (5003, "country", "XX"),
        (5004, "", ""),
    ]
    [error] = payload["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "csv"])
    assert error["message"] == "2 lines are refused, so nothing was imported."
    assert (payload["services"], await count(client, "BAD-")) == (0, 0)


async def test_a_wrong_first_line_is_refused_at_its_own_number(client: Client) -> None:
    payload = await send(client, STAFF, "code,name\nA,B\n", skippedLines=100)
    assert [each["line"] for each in payload["refused"]] == [1]


async def test_a_part_is_bounded(client: Client) -> None:
    payload = await send(client, STAFF, csv(*(good(f"MANY-{n}") for n in range(MAX_LINES + 1))))
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["input", "csv"])]
    assert (payload["refused"], await count(client, "MANY-")) == ([], 0)
    answer = await client.answer(IMPORT, await client.session(STAFF), input={"organization": OWN, "csv": "x" * 262_145})
    payload = answer["data"]["importServices"]
    assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["input", "csv"])]


@pytest.mark.parametrize("who", [ADA, None])
async def test_nobody_but_staff_may_whatever_the_lines(client: Client, who: str | None) -> None:
    """The operator has no actor either, on the command line: here, that is nobody."""
    for text in (csv(good("NO-1")), csv("bad"), "x", csv(*["bad"] * (MAX_LINES + 1))):
        payload = await send(client, who, text)
        assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN" if who else "UNAUTHENTICATED"]
        assert payload["refused"] == []
    assert await count(client, "NO-1") == 0


async def test_an_import_that_is_sent_twice_under_a_key_runs_once(client: Client) -> None:
    body = {"query": IMPORT, "variables": {"input": {"organization": OWN, "csv": csv(good("KEY-1"))}}}
    token = await client.session(STAFF)
    first, second = [(await client.post(body, token, **{"Idempotency-Key": "import-part-1"})).json() for _ in range(2)]
    assert first["data"] == second["data"]
    assert codes(first) == []
    assert (first["data"]["importServices"]["services"], await count(client, "KEY-1")) == (1, 1)
