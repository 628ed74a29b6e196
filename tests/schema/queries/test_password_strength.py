"""`passwordStrength`: it says what the mutations will say, to anybody, and tells nothing of anybody else."""

import json
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import pytest

from app.demo.example_users import PASSWORD
from resolvers.fair_queue import Flow
from resolvers.identity import hashing
from resolvers.rate_limits.sign_in_throttle import SignInAttempt
from tests.support.passwords import mailed_reset_token
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUE = "sue@acme.example"
NAMED = "winterbottom-humperdinck"
RATE = """query ($password: String!, $link: String, $first: String, $last: String) {
  passwordStrength(password: $password, token: $link, firstName: $first, lastName: $last) { score accepted feedback }
}"""
CHANGE = """mutation ($new: String!) {
  changePassword(input: {currentPassword: "wrong", newPassword: $new}) { errors { code message } }
}"""
REQUEST = "mutation ($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { accepted } }"
RESET = """mutation ($link: String!, $password: String!) {
  resetPassword(input: {token: $link, password: $password}) { errors { code message } }
}"""


async def rate(client: Client, password: str, session: str | None = None, **variables: Any) -> dict[str, Any]:
    answer = await client.data(RATE, session, password=password, **variables)
    strength: dict[str, Any] = answer["passwordStrength"]
    return strength


@pytest.mark.parametrize("password", ["", "short", "password1234", SUE, "P@$$w0rd123", "a" * 1025, "violet ladder hum"])
async def test_the_caller_is_told_what_a_change_would_say(
    client: Client, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wrong passwords count as sign-ins that failed.
    monkeypatch.setattr(
        client.backend.mutation_context.limits, "sign_in", lambda *_: nullcontext(SignInAttempt(known=False))
    )
    session = await client.session(SUE)
    strength = await rate(client, password, session)
    errors = (await client.data(CHANGE, session, new=password))["changePassword"]["errors"]
    weak = [error["message"] for error in errors if error["code"] == "PASSWORD_TOO_WEAK"]
    assert strength["accepted"] is (not weak)
    assert " ".join(strength["feedback"]) == "".join(weak)


async def test_a_link_counts_as_the_user_to_whom_it_was_mailed(client: Client) -> None:
    await client.data(REQUEST, email="dan@pear.example")
    link = await mailed_reset_token(client, "dan@pear.example")
    strength = await rate(client, "dan@pear.example", link=link)
    refused = (await client.data(RESET, link=link, password="dan@pear.example"))["resetPassword"]["errors"]
    assert not strength["accepted"]
    assert [" ".join(strength["feedback"])] == [error["message"] for error in refused]
    strong = "violet ladder humming quietly"
    assert (await rate(client, strong, link=link)) == {"score": 4, "accepted": True, "feedback": []}
    assert (await client.data(RESET, link=link, password=strong))["resetPassword"]["errors"] == []


async def test_typed_names_count(client: Client) -> None:
    assert (await rate(client, NAMED))["accepted"]
    assert not (await rate(client, NAMED, first="Winterbottom", last="Humperdinck"))["accepted"]
    assert not (await rate(client, NAMED, first=f" {NAMED} ", last="x" * 4000))["accepted"]


async def test_a_link_that_is_not_valid_tells_nothing(client: Client) -> None:
    async def score(password: str, **variables: Any) -> int:
        return int((await rate(client, password, **variables))["score"])

    for password in ("dan.pear.example", "Almeida Acme Ada", "violet ladder humming"):
        anonymous = await score(password)
        assert await score(password, link="x" * 43) == anonymous
        assert await score(password, link="") == anonymous


async def test_a_long_password_is_not_evaluated(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def evaluated(*_arguments: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(hashing, "run_in_queue", evaluated)
    monkeypatch.setattr("resolvers.identity.password_strength.run_in_queue", evaluated)
    too_long = {"score": 0, "accepted": False, "feedback": ["Use text of at most 1024 bytes."]}
    assert await rate(client, "violet ladder " * 200) == too_long
    assert await rate(client, "x" * 9) == {"score": 0, "accepted": False, "feedback": ["Use at least 10 characters."]}


async def test_the_password_is_in_no_log_and_no_cache(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await rate(client, "unspeakable humming bird")
        await rate(client, "unspeakable" * 200)
    assert "unspeakable" not in " ".join(record.getMessage() for record in caplog.records)


async def test_it_has_a_price(client: Client) -> None:
    answer = await client.post({"query": RATE, "variables": {"password": PASSWORD}})
    assert answer.json()["extensions"]["cost"]["requested"] == 101


@pytest.mark.parametrize(
    "text", ["{ s: passwordStrength(password: $p) { score } }", "{ viewer { user { id } } ...Rate }"]
)
async def test_a_password_is_not_accepted_in_an_address(client: Client, text: str) -> None:
    query = f"query ($p: String!) {text}"
    if "Rate" in text:
        query += " fragment Rate on Query { passwordStrength(password: $p) { score } }"
    sent = {"query": query, "variables": json.dumps({"p": PASSWORD})}
    answer = await client.http.get("/graphql", params=sent)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert codes(answer.json()) == ["METHOD_NOT_ALLOWED"]
    assert PASSWORD not in answer.text


async def test_the_read_of_the_user_waits_for_its_turn(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Flow] = []
    places = client.backend.mutation_context.places
    assert places is not None
    place = places.place

    def noted(flow: Flow) -> AbstractAsyncContextManager[None]:
        taken.append(flow)
        return place(flow)

    monkeypatch.setattr(places, "place", noted)
    await rate(client, "violet ladder humming", link="x" * 43)
    assert len(taken) == 1
    await rate(client, "violet ladder humming", await client.session(SUE))
    assert len(taken) == 2
