"""`changeUsers` and `extendAccess` over GraphQL: one change of many users, with a result for each."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.demo.fixed_ids import named_key
from tests.support.queries import ask
from tests.support.resolver_fixtures import EAST, GLOBEX_CONTRACT, NORTH, PEAR, SOUTH
from tests.support.server import Client, serving

pytestmark = pytest.mark.asyncio(loop_scope="function")

ADA, SAM, BEN, SUE, DAN, PIA = (
    f"{name}@{where}.example"
    for name, where in (
        ("ada", "acme"),
        ("sam", "acme"),
        ("ben", "acme"),
        ("sue", "acme"),
        ("dan", "pear"),
        ("pia", "pear"),
    )
)
PAT, EVE, ROB, MAX = "pat@acme.example", "eve@acme.example", "rob@acme.example", "max@globex.example"
UNTIL, LATER = "2090-01-01T00:00:00Z", "2095-01-01T00:00:00Z"

RESULTS = """
  results { state user { email permissions status permissionEnds { permission endsAt } accountEnds { name endsAt }
    contractAccounts(first: 9) { nodes { name } } } errors { code path } }
  changed refused errors { code path } """
CHANGE = f"mutation ($input: ChangeUsersInput!) {{ changeUsers(input: $input) {{ {RESULTS} }} }}"
EXTEND = f"mutation ($input: ExtendAccessInput!) {{ extendAccess(input: $input) {{ {RESULTS} }} }}"


@pytest_asyncio.fixture
async def client(demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path_factory.mktemp("data")) as client:
        yield client


def user(email: str) -> str:
    return f"usr_{named_key(email)}"


async def change(client: Client, who: str, *emails: str, **change: Any) -> Any:
    return (await ask(client, who, CHANGE, input={"users": list(map(user, emails))} | change))["changeUsers"]


async def extend(client: Client, who: str, *emails: str, **change: Any) -> Any:
    return (await ask(client, who, EXTEND, input={"users": list(map(user, emails))} | change))["extendAccess"]


def states(payload: Any) -> list[str]:
    return [row["state"] for row in payload["results"]]


def codes(errors: Any) -> list[Any]:
    return [(error["code"], error["path"]) for error in errors]


@pytest.mark.parametrize("mode", ["ALL_OR_NOTHING", "AS_MANY_AS_POSSIBLE"])
async def test_somebody_who_is_no_admin_is_refused_for_each_user(client: Client, mode: str) -> None:
    first, second = ("NOT_FOUND", ["input", "users", "0"]), ("FORBIDDEN", ["input", "users", "1"])
    answers = [
        await change(client, BEN, SUE, BEN, addPermissions=["SUPPORT_VIEW"], mode=mode),
        await extend(client, BEN, SUE, BEN, until=UNTIL, mode=mode),
    ]
    for answer in answers:
        assert states(answer) == ["REFUSED"] * 2
        assert [codes(row["errors"]) for row in answer["results"]] == [[first], [second]]
        assert codes(answer["errors"]) == ([first, second] if mode == "ALL_OR_NOTHING" else [])


async def test_giving_and_taking_away(client: Client) -> None:
    given = await change(
        client,
        ADA,
        SUE,
        PIA,
        BEN,
        addPermissions=["SUPPORT_VIEW"],
        addContractAccounts=[f"ca_{EAST}"],
        accountEnds=[{"account": f"ca_{EAST}", "endsAt": UNTIL}],
    )
    assert given["errors"] == []
    assert states(given) == ["CHANGED"] * 3
    sue, pia, ben = (row["user"] for row in given["results"])
    assert [each["email"] for each in (sue, pia, ben)] == [SUE, PIA, BEN]
    assert all("SUPPORT_VIEW" in each["permissions"] for each in (sue, pia, ben))
    assert sue["accountEnds"] == [{"name": "ACME East", "endsAt": UNTIL}] == pia["accountEnds"]
    # He has all contract accounts already.
    assert ben["accountEnds"] == []
    taken = await change(
        client, ADA, SUE, PIA, removeContractAccounts=[f"ca_{EAST}"], removePermissions=["ORDERS_VIEW"]
    )
    assert states(taken) == ["CHANGED"] * 2
    assert taken["results"][0]["user"]["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    again = await change(client, ADA, SUE, PIA, removeContractAccounts=[f"ca_{EAST}"])
    assert states(again) == ["UNCHANGED"] * 2
    assert again["changed"] == 0


async def test_all_or_nothing(client: Client) -> None:
    payload = await change(client, SAM, SUE, ADA, addPermissions=["SUPPORT_VIEW"])
    assert states(payload) == ["NOT_CHANGED", "REFUSED"]
    assert codes(payload["errors"]) == [("FORBIDDEN", ["input", "users", "1"])]
    assert "SUPPORT_VIEW" not in payload["results"][0]["user"]["permissions"]


async def test_as_many_as_possible(client: Client) -> None:
    payload = await change(client, SAM, ADA, MAX, SUE, SUE, addPermissions=["SUPPORT_VIEW"], mode="AS_MANY_AS_POSSIBLE")
    assert payload["errors"] == []
    assert (payload["changed"], payload["refused"]) == (1, 3)
    assert [codes(row["errors"]) for row in payload["results"]] == [
        [("FORBIDDEN", ["input", "users", "0"])],
        [("NOT_FOUND", ["input", "users", "1"])],
        [],
        [("DUPLICATE", ["input", "users", "3"])],
    ]
    assert [row["user"] and row["user"]["email"] for row in payload["results"]] == [ADA, None, SUE, SUE]
    assert "SUPPORT_VIEW" in payload["results"][2]["user"]["permissions"]


async def test_a_dry_run_changes_nothing(client: Client) -> None:
    payload = await change(client, ADA, SUE, PIA, addPermissions=["SUPPORT_VIEW"], dryRun=True)
    assert states(payload) == ["WOULD_BE_CHANGED"] * 2
    assert payload["changed"] == 2
    assert states(await change(client, ADA, SUE, PIA, addPermissions=["SUPPORT_VIEW"])) == ["CHANGED"] * 2


async def test_what_the_caller_may_not_give_is_reported_at_its_field(client: Client) -> None:
    payload = await change(
        client,
        SAM,
        SUE,
        addPermissions=["SUPPORT_VIEW", "BILLING_VIEW"],
        addContractAccounts=[f"ca_{NORTH}", f"ca_{SOUTH}", f"ca_{GLOBEX_CONTRACT}"],
        removeContractAccounts=[f"ca_{EAST}"],
        removeDeliveryAccounts=[f"da_{PEAR}"],
        addDeliveryAccounts=[f"da_{PEAR}"],
        endsAt="2001-01-01T00:00:00Z",
    )
    assert states(payload) == ["NOT_CHANGED"]
    assert sorted(codes(payload["errors"])) == [
        ("INVALID", ["input", "endsAt"]),
        ("INVALID", ["input", "removeDeliveryAccounts", "0"]),
        ("NOT_ASSIGNABLE", ["input", "addContractAccounts", "0"]),
        ("NOT_ASSIGNABLE", ["input", "addContractAccounts", "2"]),
        ("NOT_ASSIGNABLE", ["input", "addPermissions", "1"]),
        ("NOT_ASSIGNABLE", ["input", "removeContractAccounts", "0"]),
    ]


@pytest.mark.parametrize(
    ("change_", "path"),
    [
        ({}, ["input"]),
        ({"remove": True, "addPermissions": ["SUPPORT_VIEW"]}, ["input", "remove"]),
        ({"remove": True, "resendActivation": True}, ["input", "remove"]),
        ({"addPermissions": ["SUPPORT_VIEW"], "versions": [1, 2]}, ["input", "versions"]),
        ({"removePermissions": ["SITES_SERVICES_VIEW"]}, ["input", "removePermissions", "0"]),
    ],
)
async def test_contradictory_input(client: Client, change_: Any, path: list[str]) -> None:
    payload = await change(client, ADA, SUE, **change_)
    assert codes(payload["errors"]) == [("INVALID", path)]
    assert payload["changed"] == 0


async def test_more_users_than_allowed(client: Client) -> None:
    payload = await change(client, ADA, *[SUE] * 201, addPermissions=["SUPPORT_VIEW"])
    assert codes(payload["errors"]) == [("INVALID", ["input", "users"])]


async def test_each_user_is_checked_as_by_update_user(client: Client) -> None:
    payload = await change(client, ADA, PIA, BEN, removeContractAccounts=[f"ca_{SOUTH}"], mode="AS_MANY_AS_POSSIBLE")
    assert states(payload) == ["CHANGED", "REFUSED"]
    none_left = await change(client, ADA, PIA, removeDeliveryAccounts=[f"da_{PEAR}"])
    assert codes(none_left["errors"]) == [("INVALID", ["input", "users", "0"])]
    unseen = await change(client, SAM, SUE, removeContractAccounts=[f"ca_{SOUTH}"], mode="AS_MANY_AS_POSSIBLE")
    assert codes(unseen["results"][0]["errors"]) == [("INVALID", ["input", "users", "0"])]
    assert unseen["results"][0]["user"]["contractAccounts"]["nodes"] == [{"name": "ACME South"}]
    stale = await change(client, ADA, SUE, PIA, addPermissions=["SUPPORT_VIEW"], versions=[1, 99])
    assert codes(stale["results"][1]["errors"]) == [("STALE", ["input", "users", "1"])]


async def test_an_end_for_everything(client: Client) -> None:
    await change(client, ADA, SUE, addPermissions=["SUPPORT_VIEW"])
    payload = await change(client, ADA, SUE, endsAt=UNTIL)
    sue = payload["results"][0]["user"]
    assert sue["accountEnds"] == [{"name": "ACME South", "endsAt": UNTIL}]
    assert sue["permissionEnds"] == [{"permission": "SUPPORT_VIEW", "endsAt": UNTIL}]
    cleared = (await change(client, ADA, SUE, endsAt=None))["results"][0]["user"]
    assert cleared["accountEnds"] == [] == cleared["permissionEnds"]


async def test_extending(client: Client) -> None:
    await change(client, ADA, SUE, PIA, endsAt=UNTIL)
    payload = await extend(client, ADA, SUE, PIA, BEN, until=LATER)
    assert states(payload) == ["CHANGED", "CHANGED", "UNCHANGED"]
    assert payload["results"][0]["user"]["accountEnds"] == [{"name": "ACME South", "endsAt": LATER}]
    earlier = await extend(client, ADA, SUE, until=UNTIL)
    assert states(earlier) == ["UNCHANGED"]
    past = await extend(client, ADA, SUE, until="2001-01-01T00:00:00Z")
    assert codes(past["errors"]) == [("INVALID", ["input", "until"])]


async def test_nobody_extends_beyond_their_own_end(client: Client) -> None:
    await change(client, ADA, SAM, SUE, accountEnds=[{"account": f"ca_{SOUTH}", "endsAt": UNTIL}])
    payload = await extend(client, SAM, SUE, until=LATER)
    assert codes(payload["errors"]) == [("NOT_ASSIGNABLE", ["input", "users", "0"])]
    assert payload["results"][0]["user"]["accountEnds"] == [{"name": "ACME South", "endsAt": UNTIL}]


async def test_removing(client: Client) -> None:
    payload = await change(client, ADA, SUE, ROB, ADA, BEN, remove=True, mode="AS_MANY_AS_POSSIBLE")
    assert states(payload) == ["CHANGED", "REFUSED", "REFUSED", "CHANGED"]
    assert codes(payload["results"][1]["errors"]) == [("ALREADY_REMOVED", ["input", "users", "1"])]
    assert codes(payload["results"][2]["errors"]) == [("LAST_ADMIN", ["input", "users", "2"])]
    assert [row["user"]["status"] for row in payload["results"]] == ["REMOVED", "REMOVED", "ACTIVE", "REMOVED"]


async def test_removing_oneself_among_others(client: Client) -> None:
    payload = await change(client, SAM, SUE, SAM, remove=True)
    assert states(payload) == ["CHANGED"] * 2
    assert [row["user"] for row in payload["results"]] == [None, None]


async def test_resending(client: Client) -> None:
    payload = await change(client, ADA, PAT, SUE, EVE, resendActivation=True, mode="AS_MANY_AS_POSSIBLE")
    assert states(payload) == ["CHANGED", "REFUSED", "CHANGED"]
    assert codes(payload["results"][1]["errors"]) == [("ALREADY_ACTIVE", ["input", "users", "1"])]
    assert [row["user"]["status"] for row in payload["results"]] == ["PENDING", "ACTIVE", "PENDING"]
    for _ in range(4):
        await change(client, ADA, PAT, resendActivation=True)
    limited = await change(client, ADA, PAT, EVE, resendActivation=True, mode="AS_MANY_AS_POSSIBLE")
    assert states(limited) == ["REFUSED", "CHANGED"]
    assert codes(limited["results"][0]["errors"]) == [("RATE_LIMITED", ["input", "users", "0"])]


async def test_the_audit_trail_has_each_change_and_each_denial(client: Client) -> None:
    events = "{ auditEvents(first: 9) { nodes { kind subject { id } } } }"
    await change(client, SAM, ADA, SUE, addPermissions=["SUPPORT_VIEW"], mode="AS_MANY_AS_POSSIBLE")
    await change(client, SAM, ADA, addPermissions=["SUPPORT_VIEW"], mode="AS_MANY_AS_POSSIBLE", dryRun=True)
    data = await ask(client, ADA, events)
    kinds = [node["kind"] for node in data["auditEvents"]["nodes"]]
    assert kinds[:3] == ["MUTATION_REFUSED", "MUTATION_REFUSED", "USER_UPDATED"]


async def test_a_dry_run_says_what_each_gains_and_loses(client: Client) -> None:
    text = """mutation ($input: ChangeUsersInput!) { changeUsers(input: $input) {
      results { state gains { ...All } loses { ...All } } errors { code } } }
    fragment All on AccessDifference { permissions contractAccounts deliveryAccounts services }"""

    async def dry(who: str, *emails: str, **change: Any) -> Any:
        input_ = {"users": list(map(user, emails)), "dryRun": True} | change
        return (await ask(client, who, text, input=input_))["changeUsers"]["results"]

    nothing = {"permissions": [], "contractAccounts": 0, "deliveryAccounts": 0, "services": 0}
    sue, ben = await dry(ADA, SUE, BEN, addContractAccounts=[f"ca_{EAST}"], addPermissions=["SUPPORT_VIEW"])
    # Both services of ACME East go to PEAR Corp, which she sees already.
    assert sue["gains"] == {
        "permissions": ["SUPPORT_VIEW"],
        "contractAccounts": 1,
        "deliveryAccounts": 0,
        "services": 2,
    }
    assert sue["loses"] == nothing
    assert ben["gains"] == nothing | {"permissions": ["SUPPORT_VIEW"]}
    [pia] = await dry(ADA, PIA, removeContractAccounts=[f"ca_{SOUTH}"])
    assert (pia["gains"], pia["loses"]) == (nothing, nothing | {"contractAccounts": 1, "services": 2})
    [removed] = await dry(ADA, SUE, remove=True)
    assert removed["loses"]["services"] == 3
    assert removed["loses"]["permissions"] == ["SITES_SERVICES_VIEW"]
    [unchanged] = await dry(ADA, SUE, removePermissions=["SUPPORT_VIEW"])
    assert unchanged == {"state": "UNCHANGED", "gains": None, "loses": None}
