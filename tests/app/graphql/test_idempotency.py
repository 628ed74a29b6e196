"""A mutation that is sent again with its `Idempotency-Key` is done once, whatever happens in between."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import text

from app.background import wait_for_event
from resolvers.idempotency_keys import delete_expired
from resolvers.mutations.users import create as user_creation
from resolvers.mutations.users import lifecycle as user_lifecycle
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.paths import DOCS
from tests.support.resolver_fixtures import SOUTH, rows
from tests.support.server import SIGN_IN, Client, codes, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("idempotency")]

ADA, SAM = "ada@acme.example", "sam@acme.example"
CREATE = """mutation ($email: EmailAddress!, $name: String!, $account: ID!) {
  createUser(input: {email: $email, firstName: $name, lastName: "Lee", contractAccounts: [$account]}) {
    user { id email firstName } errors { code path }
  }
}"""
RESEND = "mutation ($id: ID!) { resendActivation(input: {id: $id}) { user { email } errors { code } } }"
REPLAYED = {"idempotency-replayed": "true"}


def creating(name: str = "Kim") -> dict[str, Any]:
    """A request that creates a user with an email of their own."""
    email = f"{uuid4().hex}@acme.example"
    return {"query": CREATE, "variables": {"email": email, "name": name, "account": f"ca_{SOUTH}"}}


async def send(client: Client, who: str, body: Any, key: str) -> httpx.Response:
    return await client.post(body, await client.session(who), **{"Idempotency-Key": key})


async def created(client: Client, body: dict[str, Any]) -> int:
    """How many users there are with the email of this request, by what the audit trail and the outbox say, too."""
    there = "users u JOIN audit_events a ON a.subject_id = u.id JOIN outbox_mails m ON m.user_id = u.id"
    count = f"SELECT count(*) FROM {there} WHERE u.email = :email"
    [row] = await rows(client.backend.mutation_context, count, email=body["variables"]["email"])
    return int(row.count)


async def change_keys(client: Client, change: str) -> None:
    async with client.backend.engine.begin() as connection:
        await connection.execute(text(f"UPDATE idempotency_keys SET {change}"))


def error(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, codes(answer.json())


def said(answer: httpx.Response) -> dict[str, Any]:
    """All that an answer says of the mutation; what it cost stands beside it, and each time is paid."""
    return {name: member for name, member in answer.json().items() if name != "extensions"}


def is_replayed(answer: httpx.Response) -> bool:
    return REPLAYED.items() <= dict(answer.headers).items()


async def test_the_same_mutation_again_gets_the_same_answer(client: Client) -> None:
    body, key = creating(), str(uuid4())
    first = await send(client, ADA, body, key)
    assert first.json()["data"]["createUser"]["errors"] == []
    backwards = {"variables": dict(reversed(body["variables"].items())), "query": body["query"]}
    again = [await send(client, ADA, body, key), await send(client, ADA, backwards, f'"{key}"')]
    assert [said(answer) for answer in again] == [said(first)] * 2
    assert [is_replayed(answer) for answer in (first, *again)] == [False, True, True]
    assert await created(client, body) == 1


async def test_the_example_of_the_guide_does_what_it_says(client: Client) -> None:
    guide = (DOCS / "idempotency.md").read_text()
    headers = dict(re.findall(r'-H "([^:]+): ([^"]+)"', guide)) | {
        "Authorization": f"Bearer {await client.session(ADA)}"
    }
    [content] = re.findall(r"-d '(.+)'", guide)
    first, again = [await client.http.post("/graphql", content=content, headers=headers) for _ in range(2)]
    assert first.json()["data"]["createUser"]["errors"] == []
    assert (said(again), is_replayed(again)) == (said(first), True)


async def test_a_refusal_is_an_answer_too(client: Client) -> None:
    body, key = creating(), str(uuid4())
    body["variables"]["account"] = f"ca_{uuid4()}"
    first, again = [await send(client, ADA, body, key) for _ in range(2)]
    assert first.json()["data"]["createUser"]["errors"][0]["code"] == "NOT_ASSIGNABLE"
    assert (said(again), is_replayed(again)) == (said(first), True)


async def test_a_key_is_for_one_mutation(client: Client) -> None:
    body, key = creating(), str(uuid4())
    await send(client, ADA, body, key)
    for other in (creating(), body | {"query": RESEND, "variables": {"id": f"usr_{uuid4()}"}}):
        assert error(await send(client, ADA, other, key)) == (422, ["IDEMPOTENCY_KEY_REUSED"])
    assert await created(client, body) == 1


async def test_the_same_key_of_somebody_else_is_another_one(client: Client) -> None:
    key, bodies = str(uuid4()), [creating(), creating()]
    answers = [await send(client, who, body, key) for who, body in zip((ADA, SAM), bodies, strict=True)]
    assert [is_replayed(answer) for answer in answers] == [False, False]
    assert [await created(client, body) for body in bodies] == [1, 1]


async def test_of_many_at_once_over_two_servers_one_runs(
    client: Client, shared_demo_database_url: str, tmp_path: Path
) -> None:
    body, key = creating(), str(uuid4())
    async with serving(shared_demo_database_url, tmp_path) as other:
        token = await client.session(ADA)
        # More than there are connections: who waits holds none.
        sending = [each.post(body, token, **{"Idempotency-Key": key}) for each in (client, other) for _ in range(15)]
        answers = await asyncio.gather(*sending)
    assert [said(answer) for answer in answers] == [said(answers[0])] * 30
    assert sum(is_replayed(answer) for answer in answers) == 29
    assert await created(client, body) == 1


class Slow:
    """Somebody who takes long: has begun, and waits to be let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()


@contextmanager
def slow_first(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Iterator[Slow]:
    """The first who calls this function of a module waits in its transaction until let go, or the block ends."""
    real, first = getattr(module, name), Slow()

    async def slow(work: UnitOfWork, *arguments: Any) -> Any:
        if not first.begun.is_set():
            first.begun.set()
            assert await wait_for_event(first.let_go, 20)
        return await real(work, *arguments)

    monkeypatch.setattr(module, name, slow)
    yield first
    first.let_go.set()


async def test_one_that_takes_long_is_waited_for_and_then_reported(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = creating(), str(uuid4())
    with slow_first(monkeypatch, user_creation, "create_user") as slow:
        first = asyncio.create_task(send(client, ADA, body, key))
        assert await wait_for_event(slow.begun, 20)
        monkeypatch.setattr("app.graphql.idempotency.PATIENCE", 0.1)
        answer = await send(client, ADA, body, key)
        assert error(answer) == (409, ["IDEMPOTENCY_IN_PROGRESS"])
        assert 1 <= int(answer.headers["retry-after"]) <= 10
        slow.let_go.set()
        assert (await first).json()["data"]["createUser"]["errors"] == []
    assert is_replayed(await send(client, ADA, body, key))
    assert await created(client, body) == 1


async def test_one_that_was_taken_for_dead_changes_nothing_any_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pat] = await rows(client.backend.mutation_context, "SELECT id FROM users WHERE email = 'pat@acme.example'")
    mails = "SELECT count(*) FROM outbox_mails WHERE user_id = :id"
    [before] = await rows(client.backend.mutation_context, mails, id=pat.id)
    body, key = {"query": RESEND, "variables": {"id": f"usr_{pat.id}"}}, str(uuid4())
    with slow_first(monkeypatch, user_lifecycle, "resend_activation") as slow:
        first = asyncio.create_task(send(client, ADA, body, key))
        assert await wait_for_event(slow.begun, 20)
        await change_keys(client, "claimed_until = now() - interval '1 second'")
        quick = await send(client, ADA, body, key)
        slow.let_go.set()
        assert said(await first) == said(quick)
    assert quick.json()["data"]["resendActivation"]["errors"] == []
    assert (is_replayed(quick), is_replayed(await first)) == (False, True)
    [after] = await rows(client.backend.mutation_context, mails, id=pat.id)
    assert after.count == before.count + 1


async def test_the_refusal_of_one_that_was_taken_for_dead_counts_for_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = creating(), str(uuid4())
    with slow_first(monkeypatch, user_creation, "create_user") as slow:
        first = asyncio.create_task(send(client, ADA, body, key))
        assert await wait_for_event(slow.begun, 20)
        await change_keys(client, "claimed_until = now() - interval '1 second'")
        quick = await send(client, ADA, body, key)
        slow.let_go.set()
        # By itself, it would say EMAIL_TAKEN.
        assert said(await first) == said(quick)
    assert await created(client, body) == 1


async def away(*_arguments: Any) -> Any:
    raise ConnectionResetError("the database went away")


async def test_what_failed_and_changed_nothing_is_run_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    body, key = creating(), str(uuid4())
    with monkeypatch.context() as patched:
        patched.setattr(user_creation, "create_user", away)
        assert error(await send(client, ADA, body, key)) == (503, ["UNAVAILABLE"])
        patched.undo()
        patched.setattr(client.backend.mutation_context.limits, "rates", no_creations(client))
        limited = await send(client, ADA, body, key)
    assert limited.json()["data"]["createUser"]["errors"][0]["code"] == "RATE_LIMITED"
    answer = await send(client, ADA, body, key)
    assert (answer.json()["data"]["createUser"]["errors"], is_replayed(answer)) == ([], False)
    assert await created(client, body) == 1


def no_creations(client: Client) -> Any:
    """The limits, and no users may be made."""
    return replace(client.backend.mutation_context.limits.rates, create_user=RateLimitItemPerMinute(0))


async def test_what_was_done_and_could_not_be_answered_is_not_done_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = creating(), str(uuid4())
    with monkeypatch.context() as patched:
        patched.setattr(client.backend.reader, "read", away)
        answers = [await send(client, ADA, body, key)]
    answers.append(await send(client, ADA, body, key))
    assert [error(answer) for answer in answers] == [(409, ["IDEMPOTENCY_ANSWER_LOST"])] * 2
    assert await created(client, body) == 1


async def test_an_answer_that_could_not_be_kept_is_given_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    body, key = creating(), str(uuid4())
    with monkeypatch.context() as patched:
        patched.setattr("app.graphql.idempotency.store", away)
        assert (await send(client, ADA, body, key)).json()["data"]["createUser"]["errors"] == []
    await change_keys(client, "claimed_until = now() - interval '1 second'")
    assert error(await send(client, ADA, body, key)) == (409, ["IDEMPOTENCY_ANSWER_LOST"])
    assert await created(client, body) == 1


async def test_several_mutations_in_one_operation_are_one(client: Client) -> None:
    email, other = creating()["variables"]["email"], creating()["variables"]["email"]
    fields = [
        f'{alias}: createUser(input: {{email: "{given}", firstName: "Kim", lastName: "Lee", '
        f'contractAccounts: ["{f"ca_{SOUTH}"}"]}}) {{ user {{ email }} errors {{ code }} }}'
        for alias, given in (("a", email), ("b", other), ("c", email))
    ]
    body, key = {"query": f"mutation {{ {' '.join(fields)} }}"}, str(uuid4())
    first, again = [await send(client, ADA, body, key) for _ in range(2)]
    assert first.json()["data"] == {
        "a": {"user": {"email": email}, "errors": []},
        "b": {"user": {"email": other}, "errors": []},
        "c": {"user": None, "errors": [{"code": "EMAIL_TAKEN"}]},
    }
    assert (said(again), is_replayed(again)) == (said(first), True)


async def test_a_key_is_free_again_when_its_time_is_over(client: Client) -> None:
    body, key = creating(), str(uuid4())
    await send(client, ADA, body, key)
    await change_keys(client, "expires_at = now() + interval '1 hour'")
    assert await delete_expired(client.backend.mutation_context) == 0
    await change_keys(client, "expires_at = now() - interval '1 second'")
    answer = await send(client, ADA, body, key)
    assert (answer.json()["data"]["createUser"]["errors"][0]["code"], is_replayed(answer)) == ("EMAIL_TAKEN", False)
    await change_keys(client, "expires_at = now() - interval '1 second'")
    assert await delete_expired(client.backend.mutation_context) > 0
    assert await rows(client.backend.mutation_context, "SELECT 1 FROM idempotency_keys") == []


async def test_only_who_is_still_signed_in_is_answered(client: Client) -> None:
    body, key, token = creating(), str(uuid4()), await client.session(ADA)
    headers = {"Idempotency-Key": key}
    assert (await client.post(body, token, **headers)).json()["data"]["createUser"]["errors"] == []
    async with client.backend.engine.begin() as connection:
        await connection.execute(text("DELETE FROM sessions"))
    answer = await client.post(body, token, **headers, Accept="application/graphql-response+json")
    assert error(answer) == (401, ["UNAUTHENTICATED"])
    assert is_replayed(await send(client, ADA, body, key))


async def test_neither_key_nor_answer_nor_question_stands_anywhere(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    body, key = creating("Theodora"), f"key-{uuid4()}"
    with caplog.at_level("DEBUG"):
        user = (await send(client, ADA, body, key)).json()["data"]["createUser"]["user"]
        await send(client, ADA, body, key)
        await send(client, ADA, creating(), key)
    stored = await rows(client.backend.mutation_context, "SELECT i.*, i::text AS whole FROM idempotency_keys i")
    dumped = await rows(client.backend.mutation_context, "SELECT to_jsonb(a)::text AS whole FROM audit_events a")
    assert stored
    assert all(len(row.key_hash) == len(row.fingerprint) == 32 for row in stored)
    seen = b"".join(part for row in stored for part in (row.answer or b"", row.key_hash, row.fingerprint))
    for secret in (key, user["id"], user["email"], "Theodora"):
        assert secret.encode() not in seen
        assert secret not in "".join(row.whole for row in stored)
    for place in (caplog.text, "".join(row.whole for row in dumped)):
        assert key not in place


@pytest.mark.parametrize("key", ["", '"', '""', "two words", "a" * 256, "ö", 'a"b', '"a\\"b"', "a\tb", '"a";b=1'])
async def test_what_is_no_key_is_refused_and_nothing_is_run(client: Client, key: str) -> None:
    body, token = creating(), await client.session(ADA)
    headers = [(b"Authorization", f"Bearer {token}".encode()), (b"Idempotency-Key", key.encode())]
    answer = await client.http.post("/graphql", json=body, headers=headers)
    assert error(answer) == (400, ["IDEMPOTENCY_KEY_INVALID"])
    assert answer.json()["errors"][0]["extensions"]["argument"] == "Idempotency-Key"
    twice = await client.http.post("/graphql", json=body, headers=[headers[0], (b"Idempotency-Key", b"a")] * 2)
    assert error(twice) == (400, ["IDEMPOTENCY_KEY_INVALID"])
    assert await created(client, body) == 0


async def test_the_longest_key_and_the_strangest_characters_will_do(client: Client) -> None:
    for key in ("a" * 255, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "'"):
        body = creating()
        answers = [await send(client, ADA, body, key) for _ in range(2)]
        assert [is_replayed(answer) for answer in answers] == [False, True]


async def test_it_means_nothing_on_queries_and_to_who_is_not_signed_in(client: Client) -> None:
    before = await rows(client.backend.mutation_context, "SELECT count(*) FROM idempotency_keys")
    body = {"query": SIGN_IN, "variables": {"email": ADA, "password": "portico-demo"}}
    signed_in = [await client.post(body, **{"Idempotency-Key": "k"}) for _ in range(2)]
    tokens = {answer.json()["data"]["signIn"]["token"] for answer in signed_in}
    assert len(tokens) == 2
    for query in ("{ viewer { user { email } } }", "{ __typename __schema { queryType { name } } }"):
        assert "data" in (await client.post({"query": query}, tokens.pop(), **{"Idempotency-Key": "no key"})).json()
    assert await rows(client.backend.mutation_context, "SELECT count(*) FROM idempotency_keys") == before
