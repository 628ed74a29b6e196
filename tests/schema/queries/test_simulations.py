"""The simulations: what a change would do to everybody's access; for callers who may review it."""

from typing import Any

import pytest

from app.demo.fixed_ids import named_key
from resolvers.policy_analysis.question_cache import QuestionCache
from resolvers.simulations import simulate, unmanaged
from tests.support.queries import ask
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, PEAR, SOUTH
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, MAX, STAFF = "ada@acme.example", "sam@acme.example", "max@globex.example", "staff@portico.example"
FOUND = """isLastAdmin isComplete endCursor totals { effect action type changes users }
  changes { effect who: user { email } action type resource name }"""
PAGE = "$effects: [SimulatedEffect!], $first: Int!, $after: String"
PASSED = "effects: $effects, first: $first, after: $after"
MOVE = f"""query ($service: ID!, $account: ID!, {PAGE}) {{
  found: simulateServiceMove(service: $service, account: $account, {PASSED}) {{ {FOUND} }}
}}"""
CLOSE = f"""query ($account: ID!, {PAGE}) {{
  found: simulateAccountClosing(account: $account, {PASSED}) {{ {FOUND} }}
}}"""
LEAVE = f"""query ($user: ID!, {PAGE}) {{
  found: simulateUserLeaving(user: $user, {PASSED}) {{ {FOUND} }}
}}"""
ALL: dict[str, Any] = {"effects": None, "first": 100, "after": None}


def user(email: str) -> str:
    return f"usr_{named_key(email)}"


def effects(found: Any) -> set[tuple[str, str | None, str, str]]:
    return {
        (each["effect"], each["who"] and each["who"]["email"], each["action"], each["name"])
        for each in found["changes"]
    }


async def simulated(client: Client, who: str, query: str, **variables: Any) -> Any:
    return (await ask(client, who, query, **(ALL | variables)))["found"]


async def service(client: Client, code: str) -> str:
    services = (await ask(client, ADA, "{ services { nodes { id code } } }"))["services"]["nodes"]
    return str(next(each["id"] for each in services if each["code"] == code))


async def test_who_gains_and_loses_a_service_that_moves(client: Client) -> None:
    moved = await service(client, "SVC-000003")
    found = await simulated(client, ADA, MOVE, service=moved, account=f"ca_{EAST}")
    assert {("LOST", "sam@acme.example", "VIEW", "SVC-000003"), ("LOST", "sue@acme.example", "VIEW", "SVC-000003")} <= (
        effects(found)
    )
    assert not found["isLastAdmin"]
    # The delivery account is reached only from there.
    assert ("LOST", "sue@acme.example", "VIEW", "ACME South") in effects(found)
    assert ("LOST", "sam@acme.example", "ASSIGN", "ACME South") in effects(found)
    seen = next(total for total in found["totals"] if (total["type"], total["action"]) == ("Service", "VIEW"))
    assert seen == {"effect": "LOST", "action": "VIEW", "type": "Service", "changes": 2, "users": 2}
    moved = await service(client, "SVC-000006")
    found = await simulated(client, ADA, MOVE, service=moved, account=f"da_{PEAR}")
    assert ("GAINED", "dan@pear.example", "VIEW", "SVC-000006") in effects(found)
    assert ("GAINED", "dan@pear.example", "ASSIGN", "ACME North") in effects(found)
    services = (await ask(client, SAM, "{ services { totalCount } }"))["services"]
    assert services["totalCount"] == 3


async def test_a_move_to_where_the_service_is_changes_nothing(client: Client) -> None:
    moved = await service(client, "SVC-000003")
    found = await simulated(client, ADA, MOVE, service=moved, account=f"ca_{SOUTH}")
    assert found == {"isLastAdmin": False, "isComplete": True, "endCursor": None, "totals": [], "changes": []}


async def test_who_loses_what_if_an_account_closes(client: Client) -> None:
    found = await simulated(client, STAFF, CLOSE, account=f"ca_{SOUTH}")
    listed = effects(found)
    assert {
        ("LOST", email, "VIEW", "ACME South") for email in (ADA, SAM, "sue@acme.example", "pia@pear.example")
    } <= listed
    assert {("LOST", "pia@pear.example", "VIEW", f"SVC-00000{number}") for number in (1, 2)} <= listed
    assert STAFF not in {email for _, email, _, _ in listed}
    # Sam saw Sue by this account alone.
    assert ("LOST", SAM, "UPDATE", "sue@acme.example") in listed
    assert ("NOBODY", None, "UPDATE", "sue@acme.example") not in listed


async def test_what_nobody_may_any_longer_if_an_admin_leaves(client: Client) -> None:
    found = await simulated(client, ADA, LEAVE, user=user(ADA), effects=["NOBODY"])
    assert found["isLastAdmin"]
    listed = effects(found)
    assert {effect for effect, *_ in listed} == {"NOBODY"}
    assert ("NOBODY", None, "UPDATE", "ben@acme.example") in listed
    assert ("NOBODY", None, "ASSIGN", "ACME North") in listed
    # Sam may still update Sue, and give ACME South.
    assert ("NOBODY", None, "UPDATE", "sue@acme.example") not in listed
    assert f"ca_{SOUTH}" not in {each["resource"] for each in found["changes"]}
    found = await simulated(client, ADA, LEAVE, user=user(SAM))
    assert not found["isLastAdmin"]
    assert "NOBODY" not in {effect for effect, *_ in effects(found)}
    assert ("LOST", ADA, "UPDATE", SAM) in effects(found)
    assert ("GAINED", ADA, "RESTORE", SAM) in effects(found)
    gained = await simulated(client, ADA, LEAVE, user=user(SAM), effects=["GAINED"])
    assert gained["totals"] == found["totals"]
    assert [each for each in found["changes"] if each["effect"] == "GAINED"] == gained["changes"] != found["changes"]


async def test_a_search_for_other_managers_is_bounded_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await simulated(client, ADA, LEAVE, user=user(ADA), effects=["NOBODY"])
    assert whole["isComplete"]
    for compared in (0, 3):
        monkeypatch.setattr(simulate, "QUESTIONS", QuestionCache())
        monkeypatch.setattr(unmanaged, "MAX_COMPARED", compared)
        part = await simulated(client, ADA, LEAVE, user=user(ADA), effects=["NOBODY"])
        assert not part["isComplete"]
        assert part["changes"] == [each for each in whole["changes"] if each in part["changes"]] != whole["changes"]
        # Those of each type that come first in the list.
        for type_ in ("ContractAccount", "DeliveryAccount", "User"):
            of_type = [each["name"] for each in part["changes"] if each["type"] == type_]
            in_whole = [each["name"] for each in whole["changes"] if each["type"] == type_]
            assert of_type == in_whole[: len(of_type)]
        assert (part["changes"] == []) == (compared == 0)


async def test_pages_cover_all_effects_in_order(client: Client) -> None:
    whole, after, gathered = await simulated(client, ADA, CLOSE, account=f"ca_{SOUTH}"), None, []
    while True:
        page = await simulated(client, ADA, CLOSE, account=f"ca_{SOUTH}", first=7, after=after)
        assert page["totals"] == whole["totals"]
        gathered += page["changes"]
        if (after := page["endCursor"]) is None:
            break
    assert gathered == whole["changes"]
    assert len(gathered) == sum(total["changes"] for total in whole["totals"]) > 7
    emails = [each["who"]["email"] for each in gathered if each["effect"] == "LOST"]
    assert emails == sorted(emails)


@pytest.mark.parametrize(
    ("who", "query", "variables", "expected"),
    [
        (SAM, CLOSE, {"account": f"ca_{SOUTH}"}, ["FORBIDDEN"]),
        (SAM, LEAVE, {"user": user("sue@acme.example")}, ["FORBIDDEN"]),
        (SAM, LEAVE, {"user": user(SAM)}, ["FORBIDDEN"]),
        (SAM, CLOSE, {"account": f"ca_{EAST}"}, []),
        (MAX, CLOSE, {"account": f"ca_{SOUTH}"}, []),
        (MAX, LEAVE, {"user": user(ADA)}, []),
        (ADA, LEAVE, {"user": user(STAFF)}, []),
        (ADA, LEAVE, {"user": f"ca_{SOUTH}"}, []),
        (ADA, CLOSE, {"account": user(ADA)}, []),
        (ADA, CLOSE, {"account": f"ca_{GLOBEX_CONTRACT}"}, []),
        (STAFF, LEAVE, {"user": user(STAFF)}, ["INVALID"]),
        (ADA, CLOSE, {"account": f"ca_{SOUTH}", "first": 101}, ["INVALID"]),
        (ADA, CLOSE, {"account": f"ca_{SOUTH}", "first": 0}, ["INVALID"]),
        (ADA, CLOSE, {"account": f"ca_{SOUTH}", "after": "none"}, ["INVALID"]),
    ],
)
async def test_who_may_not_review_access_is_denied_and_what_is_invisible_is_null(
    client: Client, who: str, query: str, variables: dict[str, Any], expected: list[str]
) -> None:
    answer = await client.answer(query, await client.session(who), **(ALL | variables))
    assert codes(answer) == expected
    assert (answer.get("data") or {"found": None})["found"] is None


async def test_a_service_moves_only_within_its_organization(client: Client) -> None:
    moved = await service(client, "SVC-000003")
    variables = {"service": moved, "account": f"ca_{GLOBEX_CONTRACT}"}
    answer = await client.answer(MOVE, await client.session(STAFF), **(ALL | variables))
    assert codes(answer) == ["INVALID"]
    for who, account in ((SAM, f"ca_{EAST}"), (ADA, f"ca_{GLOBEX_CONTRACT}"), (ADA, f"da_{named_key('nobody')}")):
        answer = await client.answer(MOVE, await client.session(who), **(ALL | {"service": moved, "account": account}))
        assert (codes(answer), answer["data"]["found"]) == ([], None)
    answer = await client.answer(
        MOVE, await client.session(SAM), **(ALL | {"service": moved, "account": f"ca_{SOUTH}"})
    )
    assert codes(answer) == ["FORBIDDEN"]
