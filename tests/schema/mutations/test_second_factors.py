"""Second factors over GraphQL: what each step returns, what a ticket opens, and who sees who has one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from tests.support.second_factors import App, enroll, forget_codes
from tests.support.server import BASE_URL, Client, codes, serving

pytestmark = pytest.mark.invariant("second_factors")

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
SIGN_IN = """mutation ($email: EmailAddress!, $password: String!, $session: SessionKind! = TOKEN) {
  signIn(input: {email: $email, password: $password, session: $session}) {
    token expiresAt viewer { user { email } } secondFactor { ticket methods mustEnroll expiresAt }
    errors { code path }
  }
}"""
COMPLETE = """mutation ($ticket: String!, $code: String!, $session: SessionKind! = TOKEN) {
  completeSignIn(input: {ticket: $ticket, code: $code, session: $session}) {
    token expiresAt viewer { user { email } } errors { code path }
  }
}"""
START = """mutation ($ticket: String) { startTotpEnrollment(input: {ticket: $ticket}) {
  enrollment secret uri qrCode { size path } errors { code path } } }"""
CONFIRM = """mutation ($enrollment: String!, $code: String!, $ticket: String) {
  confirmTotpEnrollment(input: {enrollment: $enrollment, code: $code, ticket: $ticket}) {
    recoveryCodes token
    viewer { user { email } secondFactors { app { addedAt lastUsedAt } recoveryCodesLeft isRequired } }
    errors { code path } } }"""
SETTINGS = """mutation ($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) {
  organization { settings { requiresSecondFactor } } errors { code path } } }"""
CREATE_CLIENT = """mutation { createApiClient(input: {name: "Export", scopes: [BASIC_READ]}) {
  clientSecret errors { code path } } }"""
REAUTHENTICATE = """mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) {
  expiresAt errors { code path } } }"""
WHO = "{ viewer { user { email } } }"
REQUIRED = {"organization": f"org_{named_key(ACME)}", "requiresSecondFactor": True}


@pytest_asyncio.fixture
async def client(demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path_factory.mktemp("data")) as opened:
        yield opened


async def sign_in(client: Client, email: str = SAM) -> dict[str, Any]:
    payload: dict[str, Any] = (await client.data(SIGN_IN, email=email, password=PASSWORD))["signIn"]
    return payload


async def age_proofs(client: Client) -> None:
    async with client.backend.engine.begin() as connection:
        await connection.execute(text("UPDATE sessions SET proved_at = now() - interval '1 hour'"))


async def test_the_second_step_starts_a_session(client: Client) -> None:
    app = await enroll(client.backend.mutation_context)
    first = await sign_in(client)
    step = first.pop("secondFactor")
    assert first == {"token": None, "expiresAt": None, "viewer": None, "errors": []}
    assert (step["methods"], step["mustEnroll"]) == (["TOTP", "RECOVERY_CODE"], False)
    # The ticket is no token of a session.
    assert (await client.data(WHO, step["ticket"]))["viewer"] is None
    assert codes(await client.answer("{ users { totalCount } }", step["ticket"])) == ["UNAUTHENTICATED"]
    done = (await client.data(COMPLETE, ticket=step["ticket"], code=app.code()))["completeSignIn"]
    assert (done["viewer"], done["errors"]) == ({"user": {"email": SAM}}, [])
    assert (await client.data(WHO, done["token"]))["viewer"]["user"]["email"] == SAM


async def test_the_second_step_sets_a_cookie(client: Client) -> None:
    app = await enroll(client.backend.mutation_context)
    step = (await sign_in(client))["secondFactor"]
    headers = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin", "Portico-Session": "cookie"}
    variables = {"ticket": step["ticket"], "code": app.code(), "session": "COOKIE"}
    answer = await client.post({"query": COMPLETE, "variables": variables}, **headers)
    assert answer.json()["data"]["completeSignIn"]["token"] is None
    assert "HttpOnly" in answer.headers["set-cookie"]
    read = await client.post({"query": WHO}, **headers)
    assert read.json()["data"]["viewer"]["user"]["email"] == SAM


async def test_an_app_is_set_up(client: Client) -> None:
    token = await client.session(SAM)
    started = (await client.data(START, token))["startTotpEnrollment"]
    assert started["uri"].startswith("otpauth://totp/Portico:sam%40acme.example?secret=" + started["secret"])
    assert started["qrCode"]["path"].startswith("M4 4.5h7")
    code = App(started["secret"]).code()
    done = (await client.data(CONFIRM, token, enrollment=started["enrollment"], code=code))["confirmTotpEnrollment"]
    assert (done["errors"], done["token"], len(done["recoveryCodes"])) == ([], None, 10)
    factors = done["viewer"]["secondFactors"]
    assert factors["app"]["addedAt"]
    assert factors["app"]["lastUsedAt"] is None
    assert (factors["recoveryCodesLeft"], factors["isRequired"]) == (10, False)


async def test_a_requirement_is_turned_on_by_whoever_has_one_and_ends_the_sessions_of_others(client: Client) -> None:
    ada, sue, max_ = [await client.session(email) for email in (ADA, SUE, "max@globex.example")]
    refused = (await client.data(SETTINGS, ada, input=REQUIRED))["updateOrganizationSettings"]
    assert refused["errors"] == [{"code": "SECOND_FACTOR_REQUIRED", "path": ["input", "requiresSecondFactor"]}]
    assert (await client.data(WHO, sue))["viewer"]
    await enroll(client.backend.mutation_context, ADA)
    ada = await client.session(ADA)
    await age_proofs(client)
    refused = (await client.data(SETTINGS, ada, input=REQUIRED))["updateOrganizationSettings"]
    assert [error["code"] for error in refused["errors"]] == ["REAUTHENTICATION_REQUIRED"]
    ada = await client.session(ADA)
    done = (await client.data(SETTINGS, ada, input=REQUIRED))["updateOrganizationSettings"]
    assert done == {"organization": {"settings": {"requiresSecondFactor": True}}, "errors": []}
    assert (await client.data(WHO, sue))["viewer"] is None
    assert (await client.data(WHO, ada))["viewer"]
    assert (await client.data(WHO, max_))["viewer"]
    step = (await sign_in(client, SUE))["secondFactor"]
    assert (step["mustEnroll"], step["methods"]) == (True, [])
    started = (await client.data(START, ticket=step["ticket"]))["startTotpEnrollment"]
    variables = {"enrollment": started["enrollment"], "code": App(started["secret"]).code(), "ticket": step["ticket"]}
    done = (await client.data(CONFIRM, **variables))["confirmTotpEnrollment"]
    assert (done["errors"], done["viewer"]["user"]["email"]) == ([], SUE)
    assert done["viewer"]["secondFactors"]["isRequired"]
    assert (await client.data(WHO, done["token"]))["viewer"]["user"]["email"] == SUE
    null = {"organization": REQUIRED["organization"], "requiresSecondFactor": None}
    refused = (await client.data(SETTINGS, ada, input=null))["updateOrganizationSettings"]
    assert [error["code"] for error in refused["errors"]] == ["INVALID"]


@pytest.mark.invariant("recent_proof")
async def test_a_refused_mutation_is_repeated_under_its_key_after_a_proof(client: Client) -> None:
    token = await client.session(ADA)
    await age_proofs(client)
    headers = {"Idempotency-Key": "one"}
    first = (await client.post({"query": CREATE_CLIENT}, token, **headers)).json()["data"]["createApiClient"]
    assert first == {"clientSecret": None, "errors": [{"code": "REAUTHENTICATION_REQUIRED", "path": []}]}
    proved = (await client.data(REAUTHENTICATE, token, input={"password": PASSWORD}))["reauthenticate"]
    assert proved["errors"] == []
    again = (await client.post({"query": CREATE_CLIENT}, token, **headers)).json()["data"]["createApiClient"]
    assert (bool(again["clientSecret"]), again["errors"]) == (True, [])


async def test_whoever_may_update_a_user_sees_whether_they_have_one(client: Client) -> None:
    await enroll(client.backend.mutation_context, SUE)
    query = "query ($id: ID!) { node(id: $id) { ... on User { hasSecondFactor } } }"

    async def seen(who: str, of: str) -> Any:
        node = (await client.data(query, await client.session(who), id=f"usr_{named_key(of)}"))["node"]
        return node and node["hasSecondFactor"]

    assert [await seen(ADA, SUE), await seen(SAM, SUE), await seen(SUE, SUE)] == [True, True, True]
    assert [await seen(ADA, SAM), await seen(ADA, ADA)] == [False, False]
    assert [await seen(SAM, ADA), await seen("max@globex.example", SUE)] == [None, None]


async def test_the_factors_of_a_viewer_are_their_own(client: Client) -> None:
    await enroll(client.backend.mutation_context, SUE)
    await forget_codes(client.backend.mutation_context)
    query = "{ viewer { secondFactors { app { addedAt } recoveryCodesLeft } } }"
    start = 'mutation ($id: ID!) { startViewAs(input: {id: $id, reason: "Ticket"}) { errors { code } } }'
    assert (await client.data(query, await client.session(SUE)))["viewer"]["secondFactors"]["recoveryCodesLeft"] == 10
    ada, sue = await client.session(ADA), f"usr_{named_key(SUE)}"
    assert (await client.data(query, ada))["viewer"]["secondFactors"] == {"app": None, "recoveryCodesLeft": 0}
    await client.data(start, ada, id=sue)
    viewed = await client.post({"query": query}, ada, **{"Portico-View-As": sue})
    assert viewed.json()["data"]["viewer"] == {"secondFactors": None}


async def test_the_operator_requires_one_of_staff(demo_database_url: str, tmp_path: Path) -> None:
    async with serving(demo_database_url, tmp_path, staff_second_factor=True) as client:
        step = (await sign_in(client, "staff@portico.example"))["secondFactor"]
        assert (step["mustEnroll"], step["methods"]) == (True, [])
        started = (await client.data(START, ticket=step["ticket"]))["startTotpEnrollment"]
        app = App(started["secret"])
        variables = {"enrollment": started["enrollment"], "code": app.code(), "ticket": step["ticket"]}
        done = (await client.data(CONFIRM, **variables))["confirmTotpEnrollment"]
        assert (done["errors"], done["viewer"]["secondFactors"]["isRequired"]) == ([], True)
        required = "{ viewer { secondFactors { isRequired } } }"
        assert (await client.data(required, done["token"]))["viewer"]["secondFactors"]["isRequired"]
        sam = await client.session(SAM)
        assert not (await client.data(required, sam))["viewer"]["secondFactors"]["isRequired"]
