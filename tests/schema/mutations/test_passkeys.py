"""Passkeys over GraphQL: what each mutation returns, to whom, and what nobody learns."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from app.demo.fixed_ids import named_key
from tests.support.passkeys.authenticator import Authenticator
from tests.support.resolver_fixtures import activation_token
from tests.support.second_factors import require_second_factor, ticket_for, with_passkey
from tests.support.server import BASE_URL, Client, serving

pytestmark = pytest.mark.invariant("second_factors")

ADA, SAM = "ada@acme.example", "sam@acme.example"
START = """mutation ($ticket: String, $activationToken: String) {
  startPasskeyRegistration(input: {ticket: $ticket, activationToken: $activationToken}) {
    options errors { code path } } }"""
ACTIVATE = """mutation ($input: ActivateUserWithPasskeyInput!) { activateUserWithPasskey(input: $input) {
  user { status } recoveryCodes errors { code path } } }"""
ADD = """mutation ($input: AddPasskeyInput!) { addPasskey(input: $input) {
  recoveryCodes token viewer { user { email } secondFactors { app { addedAt } passkeys { id name lastUsedAt } } }
  errors { code path } } }"""
CHALLENGE = """mutation ($use: PasskeyUse!, $ticket: String) {
  createPasskeyChallenge(input: {use: $use, ticket: $ticket}) { options errors { code path } } }"""
SIGN_IN = """mutation ($credential: String!, $ticket: String, $session: SessionKind! = TOKEN) {
  signInWithPasskey(input: {credential: $credential, ticket: $ticket, session: $session}) {
    token expiresAt viewer { user { email } } errors { code message path } } }"""
WHO = "{ viewer { user { email } } }"
OWN = "{ viewer { secondFactors { passkeys { name lastUsedAt } } } }"


@pytest_asyncio.fixture
async def client(demo_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path_factory.mktemp("data")) as opened:
        yield opened


async def options(client: Client, use: str = "SIGN_IN", token: str | None = None, **given: Any) -> str:
    payload = (await client.data(CHALLENGE, token, use=use, **given))["createPasskeyChallenge"]
    assert payload["errors"] == []
    return str(payload["options"])


async def test_one_is_added_with_recovery_codes_and_signs_in(client: Client) -> None:
    token, device = await client.session(SAM), Authenticator(BASE_URL)
    started = (await client.data(START, token))["startPasskeyRegistration"]
    given = json.loads(started["options"])
    assert (given["rp"]["id"], given["authenticatorSelection"]["userVerification"]) == ("portico.example", "required")
    assert given["authenticatorSelection"]["residentKey"] == "required"
    added = await client.data(ADD, token, input={"credential": device.create(started["options"]), "name": "Phone"})
    done = added["addPasskey"]
    assert (len(done["recoveryCodes"]), done["token"], done["errors"]) == (10, None, [])
    [passkey] = done["viewer"]["secondFactors"]["passkeys"]
    assert (passkey["name"], passkey["lastUsedAt"], passkey["id"][:4]) == ("Phone", None, "psk_")
    signed_in = (await client.data(SIGN_IN, credential=device.get(await options(client))))["signInWithPasskey"]
    assert (signed_in["viewer"], signed_in["errors"]) == ({"user": {"email": SAM}}, [])
    [passkey] = (await client.data(OWN, signed_in["token"]))["viewer"]["secondFactors"]["passkeys"]
    assert passkey["lastUsedAt"] is not None


async def test_it_sets_a_cookie(client: Client) -> None:
    device = await with_passkey(client.backend.mutation_context)
    headers = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin", "Portico-Session": "cookie"}
    variables = {"credential": device.get(await options(client)), "session": "COOKIE"}
    answer = await client.post({"query": SIGN_IN, "variables": variables}, **headers)
    assert answer.json()["data"]["signInWithPasskey"]["token"] is None
    assert "HttpOnly" in answer.headers["set-cookie"]
    read = await client.post({"query": WHO}, **headers)
    assert read.json()["data"]["viewer"]["user"]["email"] == SAM


async def test_the_one_that_is_required_is_added_before_there_is_a_session(client: Client) -> None:
    await require_second_factor(client.backend.mutation_context)
    ticket, device = (await ticket_for(client.backend.mutation_context)).token, Authenticator(BASE_URL)
    started = (await client.data(START, ticket=ticket))["startPasskeyRegistration"]
    given = {"credential": device.create(started["options"]), "name": "Phone", "ticket": ticket}
    done = (await client.data(ADD, input=given))["addPasskey"]
    assert (done["viewer"]["user"], len(done["recoveryCodes"]), done["errors"]) == ({"email": SAM}, 10, [])
    assert (await client.data(WHO, done["token"]))["viewer"]["user"]["email"] == SAM


async def test_what_is_refused_looks_the_same(client: Client) -> None:
    device = await with_passkey(client.backend.mutation_context)
    nobody = Authenticator(BASE_URL, handle=device.handle[:-4] + "AAAA")
    for wrong in (
        replace(device, count=-1),
        replace(device, credential_id=b"x" * 32),
        replace(device, is_verifying=False),
        nobody,
        Authenticator(BASE_URL),
    ):
        answer = await client.data(SIGN_IN, credential=wrong.get(await options(client)))
        problem = {
            "code": "PASSKEY_INVALID",
            "message": "This passkey is not valid here, or it took too long to use it. Try again.",
            "path": ["input", "credential"],
        }
        assert answer["signInWithPasskey"] == {"token": None, "expiresAt": None, "viewer": None, "errors": [problem]}
    # Nor do the options of somebody who isn't signed in name a passkey.
    assert "allowCredentials" not in json.loads(await options(client))


async def test_a_proof_is_for_whoever_is_signed_in(client: Client) -> None:
    refused = (await client.data(CHALLENGE, use="PROVE"))["createPasskeyChallenge"]
    assert (refused["options"], [error["code"] for error in refused["errors"]]) == (None, ["UNAUTHENTICATED"])


async def test_an_admin_who_views_as_a_user_sees_and_changes_none(client: Client) -> None:
    await with_passkey(client.backend.mutation_context)
    start = 'mutation ($id: ID!) { startViewAs(input: {id: $id, reason: "Ticket"}) { errors { code } } }'
    ada, sam = await client.session(ADA), f"usr_{named_key(SAM)}"
    assert (await client.data(start, ada, id=sam))["startViewAs"] == {"errors": []}
    viewed = await client.post({"query": OWN}, ada, **{"Portico-View-As": sam})
    assert viewed.json()["data"]["viewer"] == {"secondFactors": None}
    changed = await client.post({"query": START}, ada, **{"Portico-View-As": sam})
    assert (changed.json().get("data") or {}).get("startPasskeyRegistration") is None
    assert (await client.data(OWN, ada))["viewer"]["secondFactors"] == {"passkeys": []}


async def test_pages_may_use_passkeys_and_frames_of_other_sites_not(client: Client) -> None:
    headers = (await client.post({"query": WHO})).headers
    policy = "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    assert headers["permissions-policy"] == policy


async def test_a_new_user_activates_with_one(client: Client) -> None:
    token = await activation_token(client.backend.mutation_context, "pat@acme.example")
    device, ticket = Authenticator(BASE_URL), "ticket"
    both = (await client.data(START, ticket=ticket, activationToken=token))["startPasskeyRegistration"]
    assert (both["options"], both["errors"]) == (None, [{"code": "INVALID", "path": ["input", "activationToken"]}])
    started = (await client.data(START, activationToken=token))["startPasskeyRegistration"]
    given = {"token": token, "credential": device.create(started["options"]), "passkeyName": "Phone"}
    done = (await client.data(ACTIVATE, input=given))["activateUserWithPasskey"]
    assert (done["user"]["status"], len(done["recoveryCodes"]), done["errors"]) == ("ACTIVE", 10, [])
    again = (await client.data(ACTIVATE, input=given))["activateUserWithPasskey"]
    refused = [{"code": "TOKEN_INVALID", "path": ["input", "token"]}]
    assert again == {"user": None, "recoveryCodes": None, "errors": refused}
    signed_in = (await client.data(SIGN_IN, credential=device.get(await options(client))))["signInWithPasskey"]
    assert signed_in["viewer"]["user"]["email"] == "pat@acme.example"
