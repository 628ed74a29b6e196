"""Access tokens in use: what ends them, who may ask about them, and that they open no more than they say."""

import time
from uuid import uuid4

import pytest

from models import Scope
from tests.support.oauth import (
    ADA,
    SERVICES,
    access_token,
    assert_refused,
    introspect,
    part,
    post,
    program,
    revoke,
    signed,
)
from tests.support.resolver_fixtures import rows, run
from tests.support.server import Client, codes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDS = {
    "the client is revoked": "UPDATE api_clients SET revoked_at = now() WHERE id = :id",
    "the owner is removed": """UPDATE users SET removed_at = now(), version = version + 1
        WHERE id = (SELECT owner_id FROM api_clients WHERE id = :id)""",
    "the owner loses the permission": """DELETE FROM user_permissions WHERE permission = 'DEVELOPER_PORTAL'
        AND user_id = (SELECT owner_id FROM api_clients WHERE id = :id)""",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_what_ends_a_client_ends_its_tokens_with_their_next_request(client: Client, end: str) -> None:
    owner = await developer(client)
    mine = await program(client, owner)
    tokens = [await access_token(client, mine) for _ in range(2)]
    for token in tokens:
        assert "services" in await client.data(SERVICES, token)
    await run(client.backend.mutation_context, end, id=mine.id)
    for token in tokens:
        await assert_refused(client, token)
    answer = await post(client, "introspect", {"token": tokens[0]}, auth=mine.basic)
    assert answer.status_code == 401 or answer.json() == {"active": False}
    answer = await post(client, "token", {"grant_type": "client_credentials"}, auth=mine.basic)
    lost = "permission" in end
    assert (answer.status_code, answer.json()["error"]) == (
        (400, "unauthorized_client") if lost else (401, "invalid_client")
    )


async def developer(client: Client) -> str:
    """The email of a new user of ACME who may make API clients."""
    email = f"{uuid4().hex}@acme.example"
    statements = (
        """INSERT INTO users (id, organization_id, tenant_id, kind, audience, email, first_name, last_name,
                              all_contract_accounts, all_delivery_accounts, activated_at, password_hash)
           SELECT gen_random_uuid(), organization_id, tenant_id, kind, audience, :email, first_name, last_name,
                  all_contract_accounts, all_delivery_accounts, activated_at, password_hash
           FROM users WHERE email = 'ada@acme.example'""",
        """INSERT INTO user_permissions (user_id, organization_id, permission)
           SELECT id, organization_id, unnest(ARRAY['SITES_SERVICES_VIEW', 'DEVELOPER_PORTAL'])
           FROM users WHERE email = :email""",
    )
    for statement in statements:
        await run(client.backend.mutation_context, statement, email=email)
    return email


async def test_a_token_that_is_taken_back_is_refused_with_the_next_request(client: Client) -> None:
    mine = await program(client)
    token, other = await access_token(client, mine), await access_token(client, mine)
    assert "services" in await client.data(SERVICES, token)
    answer = await revoke(client, mine, token)
    assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {}, "no-store")
    await assert_refused(client, token)
    assert "services" in await client.data(SERVICES, other)
    assert (await introspect(client, mine, token), (await introspect(client, mine, other))["active"]) == (
        {"active": False},
        True,
    )
    assert (await revoke(client, mine, token)).status_code == 200
    found = "SELECT * FROM audit_events WHERE kind = 'access_token.revoked' AND subject_id = :id"
    [event] = await rows(client.backend.mutation_context, found, id=mine.id)
    assert (event.api_client_id, event.changes) == (mine.id, {"tokenId": [part(token, 1)["jti"], None]})


async def test_nobody_takes_back_or_looks_into_what_is_not_theirs(client: Client) -> None:
    mine, other = await program(client), await program(client)
    token = await access_token(client, mine)
    expired = await signed(client, part(token, 1) | {"exp": int(time.time()) - 3600})
    for shown in (token, expired, "nothing", "a.b.c", "é\u2028", await client.session(ADA)):
        form = {"token": shown, "token_type_hint": "refresh_token"}
        assert (await post(client, "revoke", form, auth=other.basic)).status_code == 200
        assert await introspect(client, other, shown) == {"active": False}
    assert (await revoke(client, mine, expired)).status_code == 200
    assert await introspect(client, mine, expired) == {"active": False}
    assert "services" in await client.data(SERVICES, token)
    assert (
        await rows(
            client.backend.mutation_context, "SELECT * FROM revoked_access_tokens WHERE api_client_id = :id", id=mine.id
        )
        == []
    )


async def test_introspection_tells_what_the_token_says(client: Client) -> None:
    mine = await program(client, ADA, [Scope.BASIC_READ])
    token = await access_token(client, mine)
    for form in ({"token": token}, {"token": token, "token_type_hint": "access_token"}):
        answer = await post(client, "introspect", form | mine.posted)
        assert answer.json() == {"active": True, "token_type": "Bearer", **part(token, 1)}
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["revoke", "introspect"])
async def test_without_a_token_or_a_client_there_is_nothing_to_tell(client: Client, path: str) -> None:
    mine = await program(client)
    token = await access_token(client, mine)
    for form, auth, status, error in (
        ({}, mine.basic, 400, "invalid_request"),
        ({"token": ""}, mine.basic, 400, "invalid_request"),
        ({"token": token}, None, 401, "invalid_client"),
        ({"token": token}, (mine.client_id, "guess"), 401, "invalid_client"),
    ):
        answer = await post(client, path, form, auth=auth)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "services" in await client.data(SERVICES, token)


async def test_rows_of_tokens_that_are_over_go_when_another_comes(client: Client) -> None:
    mine, writing = await program(client), client.backend.mutation_context
    old, kept = await access_token(client, mine), await access_token(client, mine)
    await revoke(client, mine, old)
    await run(writing, "UPDATE revoked_access_tokens SET expires_at = now() - interval '1 second'")
    await revoke(client, mine, kept)
    [row] = await rows(writing, "SELECT * FROM revoked_access_tokens")
    assert str(row.id) == part(kept, 1)["jti"]


async def test_scopes_of_the_token_cut_down_the_client(client: Client) -> None:
    mine = await program(client)
    billing = "{ contractAccounts(first: 1) { nodes { billing { currency } } } }"
    [wide] = (await client.data(billing, await access_token(client, mine)))["contractAccounts"]["nodes"]
    [narrow] = (await client.data(billing, await access_token(client, mine, scope="basic.read")))["contractAccounts"][
        "nodes"
    ]
    assert wide["billing"] is not None
    assert narrow["billing"] is None


async def test_an_idempotency_key_is_the_clients_own(client: Client) -> None:
    """Two clients of one owner, and the owner, send the same key: each is answered for itself, while it is alive."""
    mine, other = await program(client), await program(client)
    resend = "mutation ($id: ID!) { resendActivation(input: {id: $id}) { errors { code } } }"
    body = {"query": resend, "variables": {"id": f"usr_{uuid4()}"}}
    tokens = [await access_token(client, mine), await access_token(client, other), await client.session(ADA)]
    answers = [await client.post(body, token, **{"Idempotency-Key": "same-key"}) for token in [*tokens, tokens[0]]]
    assert ["idempotency-replayed" in answer.headers for answer in answers] == [False, False, False, True]
    await revoke(client, mine, tokens[0])
    answer = await client.post(body, tokens[0], **{"Idempotency-Key": "same-key"})
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (401, False)


async def test_programs_are_answered_freely_where_others_need_trusted_documents(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, query = await access_token(client, await program(client)), "{ services(first: 1) { totalCount } }"
    monkeypatch.setattr(client.backend.trusted_documents, "required", True)
    assert "services" in await client.data(query, token)
    for sender in (await client.session(ADA), None):
        assert codes(await client.answer(query, sender)) == ["DOCUMENT_NOT_TRUSTED"]
    forged = f"{token[:-8]}AAAAAAAA"
    for asked in (query, "{ nonsense }"):
        assert (await client.post({"query": asked}, forged)).status_code == 401


@pytest.mark.parametrize("text", ["a.b.c.d.e", "....", "a", "é.é.é", "\ud7ff.%.x", "x" * 5000])
async def test_a_malformed_token_is_inactive_and_revoked_without_complaint(client: Client, text: str) -> None:
    mine = await program(client)
    assert await introspect(client, mine, text) == {"active": False}
    assert (await revoke(client, mine, text)).status_code == 200
