"""`accessPreview`: what a user would see, what they gain and lose, and the refusals of the mutations."""

from typing import Any

import pytest

from resolvers.query.plan_choice import Choice, PlanChoices
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA, SAM, DAN, SUE = "ada@acme.example", "sam@acme.example", "dan@pear.example", "sue@acme.example"
VIEWS = """
fragment rows on AccessView {
  contractAccounts { totalCount nodes { id name } }
  deliveryAccounts { totalCount nodes { id name } }
  services { totalCount nodes { id code } }
  users { totalCount nodes { id email } }
}
"""
PREVIEW = (
    """query ($input: AccessPreviewInput!) {
  accessPreview(input: $input) {
    errors { code path message } after { ...rows } gains { ...rows } loses { ...rows }
  }
}"""
    + VIEWS
)


async def preview(client: Client, who: str, **input_: Any) -> dict[str, Any]:
    token = await client.session(who)
    data = await client.data(PREVIEW, token, input=input_)
    answer: dict[str, Any] = data["accessPreview"]
    return answer


def names(view: dict[str, Any]) -> dict[str, list[str]]:
    """What a view lists, by field."""
    for page in view.values():
        assert page["totalCount"] == len(page["nodes"])
    return {
        field: [node.get("name") or node.get("code") or node["email"] for node in page["nodes"]]
        for field, page in view.items()
    }


async def ids(client: Client) -> dict[str, str]:
    """The ids of the accounts and users that Ada sees, by name: "contract ACME South"."""
    data = await client.data(
        "{ contractAccounts { nodes { id name } } deliveryAccounts { nodes { id name } }"
        " users { nodes { id email } } }",
        await client.session(ADA),
    )
    found = {f"contract {node['name']}": node["id"] for node in data["contractAccounts"]["nodes"]}
    found |= {f"delivery {node['name']}": node["id"] for node in data["deliveryAccounts"]["nodes"]}
    return found | {node["email"]: node["id"] for node in data["users"]["nodes"]}


async def test_a_new_user_of_an_end_customer(client: Client) -> None:
    known = await ids(client)
    access = {"audience": "DELIVERY", "deliveryAccounts": [known["delivery PEAR Corp"]]}
    of_south = await preview(client, ADA, **access, contractAccounts=[known["contract ACME South"]])
    assert of_south["errors"] == []
    expected = {
        "contractAccounts": ["ACME South"],
        "deliveryAccounts": ["PEAR Corp"],
        "services": ["SVC-000001", "SVC-000002"],
        "users": [],
    }
    assert names(of_south["after"]) == names(of_south["gains"]) == expected
    assert names(of_south["loses"]) == {field: [] for field in expected}
    of_all = await preview(client, DAN, **access, allContractAccounts=True)
    assert names(of_all["after"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000004", "SVC-000005"]
    assert names(of_all["after"])["contractAccounts"] == ["ACME East", "ACME South"]


async def test_an_edit(client: Client) -> None:
    known = await ids(client)
    answer = await preview(client, ADA, user=known[SUE], contractAccounts=[known["contract ACME East"]])
    assert answer["errors"] == []
    assert names(answer["gains"])["services"] == ["SVC-000004", "SVC-000005"]
    assert names(answer["loses"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000003"]
    assert names(answer["loses"])["deliveryAccounts"] == ["ACME South"]
    assert names(answer["after"])["users"] == [SUE]
    assert names(answer["gains"])["users"] == names(answer["loses"])["users"] == []


async def test_a_removal(client: Client) -> None:
    known = await ids(client)
    answer = await preview(client, ADA, user=known[SUE], remove=True)
    assert answer["errors"] == []
    nothing: dict[str, list[str]] = {"contractAccounts": [], "deliveryAccounts": [], "services": [], "users": []}
    assert names(answer["after"]) == names(answer["gains"]) == nothing
    assert names(answer["loses"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000003"]


async def test_a_restoration(client: Client) -> None:
    known = await ids(client)
    answer = await preview(client, ADA, user=known["rob@acme.example"], restore=True)
    assert answer["errors"] == []
    assert answer["after"] == answer["gains"]
    assert names(answer["after"])["contractAccounts"]


@pytest.mark.parametrize(
    ("who", "input_", "expected"),
    [
        (SUE, {}, [("FORBIDDEN", "input")]),
        (SUE, {"user": ADA}, [("NOT_FOUND", "input.user")]),
        (SAM, {"user": ADA}, [("FORBIDDEN", "input.user")]),
        (SAM, {"contractAccounts": ["contract ACME East"]}, [("NOT_ASSIGNABLE", "input.contractAccounts.0")]),
        (SAM, {"allContractAccounts": True}, [("NOT_ASSIGNABLE", "input.allContractAccounts")]),
        (SAM, {}, [("INVALID", "input.contractAccounts")]),
        (DAN, {"audience": "DELIVERY"}, [("INVALID", "input.deliveryAccounts")]),
        (ADA, {"permissions": None}, [("INVALID", "input.permissions")]),
        (ADA, {"user": ADA, "remove": True}, [("LAST_ADMIN", "input.user")]),
        (ADA, {"user": SUE, "restore": True}, [("NOT_REMOVED", "input.user")]),
        (ADA, {"user": "rob@acme.example"}, [("ALREADY_REMOVED", "input.user")]),
        (ADA, {"remove": True}, [("INVALID", "input.user")]),
        (
            ADA,
            {"user": SUE, "remove": True, "restore": True, "permissions": []},
            [("INVALID", "input.restore"), ("INVALID", "input.permissions")],
        ),
    ],
)
async def test_refusals(client: Client, who: str, input_: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    known = await ids(client)
    if "user" in input_:
        input_ = input_ | {"user": known[input_["user"]]}
    if "contractAccounts" in input_:
        input_ = input_ | {"contractAccounts": [known[name] for name in input_["contractAccounts"]]}
    answer = await preview(client, who, **input_)
    assert [(error["code"], ".".join(error["path"])) for error in answer["errors"]] == expected
    assert (answer["after"], answer["gains"], answer["loses"]) == (None, None, None)


async def test_nobody_is_signed_in(client: Client) -> None:
    answer = (await client.data(PREVIEW, input={}))["accessPreview"]
    assert [error["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


def statements_of(client: Client, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the statements that the client's server reads with from now on."""
    sql: list[str] = []
    read = client.backend.pool.fetchrow

    async def fetchrow(text: str, *arguments: Any, **options: Any) -> Any:
        sql.append(text)
        return await read(text, *arguments, **options)

    monkeypatch.setattr(client.backend.pool, "fetchrow", fetchrow)
    # A slow machine would find a statement slow, and try another one for the same read.
    monkeypatch.setattr(PlanChoices, "choose", lambda *_, **__: Choice(large=False))
    return sql


async def test_a_new_user_takes_one_statement(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known, token, sql = await ids(client), await client.session(ADA), statements_of(client, monkeypatch)
    texts = []
    for south in ([known["contract ACME South"]], [known["contract ACME East"]] * 2):
        await client.data(PREVIEW, token, input={"contractAccounts": south})
        texts.append(sql.pop())
        assert sql == []
    assert texts[0] == texts[1], "the accounts are parameters"


CREATE = "mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id version } } }"
UPDATE = "mutation ($input: UpdateUserInput!) { updateUser(input: $input) { errors { code } } }"


async def test_a_user_takes_a_statement_more_until_their_row_is_known(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, token = await ids(client), await client.session(ADA)
    new = {"email": "known@acme.example", "firstName": "Known", "lastName": "User"}
    created = (await client.data(CREATE, token, input=new))["createUser"]["user"]
    user = created["id"]
    sql = statements_of(client, monkeypatch)
    change = {"user": user, "allContractAccounts": True, "contractAccounts": []}
    first = await client.data(PREVIEW, token, input=change)
    assert len(sql) == 2
    sql.clear()
    assert await client.data(PREVIEW, token, input=change) == first
    assert len(sql) == 1
    assert not any(word in text for text in sql for word in ("INSERT ", "UPDATE ", "DELETE ", "FOR SHARE"))
    given = {**created, "contractAccounts": [known["contract ACME South"]]}
    assert (await client.data(UPDATE, token, input=given))["updateUser"]["errors"] == []
    second = (await client.data(PREVIEW, token, input=change))["accessPreview"]
    assert names(second["gains"])["contractAccounts"] == ["ACME East", "ACME North"], "what they have since is no gain"
    await client.data("mutation ($id: ID!) { removeUser(input: { id: $id }) { errors { code } } }", token, id=user)
    removed = (await client.data(PREVIEW, token, input=change))["accessPreview"]
    assert [error["code"] for error in removed["errors"]] == ["ALREADY_REMOVED"]


async def test_what_is_taken_from_a_user(client: Client) -> None:
    known = await ids(client)
    south, pear = known["contract ACME South"], known["delivery PEAR Corp"]
    listed = await preview(client, ADA, user=known[SUE], contractAccounts=[])
    taken = await preview(client, ADA, user=known[SUE], withoutAccounts=[south, pear])
    assert taken == listed
    assert names(taken["loses"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000003"]
    nothing = await preview(client, ADA, user=known[SUE], withoutPermissions=["ORDERS_VIEW"], withoutAccounts=[pear])
    assert names(nothing["loses"]) == {field: [] for field in names(nothing["loses"])}
    for refused in (
        await preview(client, ADA, withoutAccounts=[south]),
        await preview(client, ADA, user=known[SUE], remove=True, withoutPermissions=["ORDERS_VIEW"]),
    ):
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [("INVALID", ["input", "user"])]


async def test_what_a_user_gets_besides(client: Client) -> None:
    known = await ids(client)
    south, east = known["contract ACME South"], known["contract ACME East"]
    listed = await preview(client, ADA, user=known[SUE], contractAccounts=[south, east])
    given = await preview(client, ADA, user=known[SUE], withAccounts=[east, south])
    assert given == listed
    assert names(given["gains"])["services"] == ["SVC-000004", "SVC-000005"]
    both = await preview(client, ADA, user=known[SUE], withAccounts=[east], withoutAccounts=[south])
    assert names(both["loses"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000003"]
    # What is among all accounts already.
    ben = await preview(
        client, ADA, user=known["ben@acme.example"], withAccounts=[east], withPermissions=["BILLING_VIEW"]
    )
    assert names(ben["gains"]) == {field: [] for field in names(ben["gains"])}
    assert ben["errors"] == []


async def test_what_a_user_cannot_get_besides(client: Client) -> None:
    known = await ids(client)
    east, foreign = known["contract ACME East"], "ca_00000000-0000-7000-8000-000000000000"
    for id_ in (east, foreign, known[SUE]):
        refused = await preview(client, SAM, user=known[SUE], withAccounts=[id_])
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [
            ("NOT_ASSIGNABLE", ["input", "withAccounts"])
        ], id_
        assert refused["gains"] is None
    billing = await preview(client, SAM, user=known[SUE], withPermissions=["BILLING_VIEW"])
    assert [(error["code"], error["path"]) for error in billing["errors"]] == [
        ("NOT_ASSIGNABLE", ["input", "withPermissions"])
    ]
    for refused in (
        await preview(client, ADA, withAccounts=[east]),
        await preview(client, ADA, user=known[SUE], remove=True, withPermissions=["ORDERS_VIEW"]),
        await preview(client, ADA, user=known[SUE], contractAccounts=[east], withAccounts=[east]),
    ):
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [("INVALID", ["input", "user"])]


TEMPLATE = """mutation ($input: CreateAccessTemplateInput!) {
  createAccessTemplate(input: $input) { accessTemplate { id } errors { message } }
}"""


async def template(client: Client, **input_: Any) -> str:
    made = await client.data(TEMPLATE, await client.session(ADA), input=input_)
    id_: str = made["createAccessTemplate"]["accessTemplate"]["id"]
    return id_


async def test_what_a_template_gives(client: Client) -> None:
    known = await ids(client)
    access = {"permissions": ["BILLING_VIEW"], "contractAccounts": [known["contract ACME East"]]}
    id_ = await template(client, name="Eastern billing", **access)
    assert await preview(client, ADA, template=id_) == await preview(client, ADA, **access)
    changed = await preview(client, ADA, user=known[SUE], template=id_)
    assert changed == await preview(client, ADA, user=known[SUE], **access)
    assert names(changed["loses"])["services"] == ["SVC-000001", "SVC-000002", "SVC-000003"]
    conflicts = (
        await preview(client, ADA, template=id_, allContractAccounts=True),
        await preview(client, ADA, user=known[SUE], template=id_, remove=True),
    )
    for refused in conflicts:
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [("INVALID", ["input", "template"])]


async def test_a_template_that_holds_more_is_like_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = await ids(client)
    eastern = await template(client, name="East", contractAccounts=[known["contract ACME East"]])
    mighty = await template(client, name="Mighty", permissions=["BILLING_VIEW"])
    token, sql = await client.session(SAM), statements_of(client, monkeypatch)
    unseen = (eastern, mighty, "tpl_00000000-0000-7000-8000-000000000000", known[SUE])
    answers = [
        (await client.data(PREVIEW, token, input={"template": id_, **user}))["accessPreview"]
        for id_ in unseen
        for user in ({}, {"user": known[SUE]})
    ]
    assert {tuple(error["code"] for error in answer["errors"]) for answer in answers} == {("NOT_FOUND",)}
    assert {tuple(error["path"]) for answer in answers for error in answer["errors"]} == {("input", "template")}
    assert len({error["message"] for answer in answers for error in answer["errors"]}) == 1
    assert all(answer["after"] is None for answer in answers)
    assert not any(word in text for text in sql for word in ("INSERT ", "UPDATE ", "DELETE ", "FOR SHARE"))


async def test_a_preview_of_a_template_takes_a_statement_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await template(client, name="Counted", allContractAccounts=True)
    token, sql = await client.session(ADA), statements_of(client, monkeypatch)
    answer = (await client.data(PREVIEW, token, input={"template": id_}))["accessPreview"]
    assert names(answer["after"])["contractAccounts"] == ["ACME East", "ACME North", "ACME South"]
    assert len(sql) == 2
