"""Registered documents: asked for by their id, and nothing else answered where the server is set so."""

import html
import json
import re
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from resolvers import trusted_documents
from resolvers.callers.caller import Caller
from resolvers.transaction.unit_of_work import run_in_transaction
from resolvers.trusted_documents import NewDocument
from tests.support.passwords import link_token
from tests.support.server import SIGN_IN, Client, codes, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("trusted_documents")]

ADA = "ada@acme.example"
VIEWER = "query Viewer { viewer { user { email } } }\n"
SERVICES = "query Some($first: Int!) { services(first: $first) { totalCount } }"
SIGN_OUT = "mutation { signOut { signedOut } }"
INTROSPECTION = "{ __schema { queryType { name } } }"


def hex_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


async def register(client: Client, *texts: str) -> None:
    documents = [NewDocument(text, "") for text in texts]
    await run_in_transaction(
        client.backend.mutation_context, Caller(), lambda work: trusted_documents.add(work, documents)
    )


async def remove(client: Client, text: str) -> None:
    digests = [trusted_documents.digest_of(text)]
    await run_in_transaction(
        client.backend.mutation_context, Caller(), lambda work: trusted_documents.remove(work, digests)
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(
    client: Client, shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A second server on the same database, which answers registered documents only."""
    await register(client, VIEWER, SERVICES, SIGN_OUT, SIGN_IN)
    data = tmp_path_factory.mktemp("strict")
    async with serving(shared_demo_database_url, data, trusted_documents="required") as opened:
        yield opened


def asked_by_id(text: str) -> list[dict[str, Any]]:
    """The ways to ask for a registered document without its text."""
    return [
        {"documentId": f"sha256:{hex_of(text)}"},
        {"documentId": hex_of(text)},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hex_of(text)}}},
    ]


@pytest.mark.parametrize("way", range(3))
async def test_a_registered_document_is_asked_for_by_its_id(client: Client, strict: Client, way: int) -> None:
    for server in (client, strict):
        token = await server.session(ADA)
        body = asked_by_id(VIEWER)[way]
        assert (await server.post(body, token)).json()["data"] == {"viewer": {"user": {"email": ADA}}}
        body = asked_by_id(SERVICES)[way] | {"operationName": "Some", "variables": {"first": 1}}
        for _ in range(2):
            assert (await server.post(body, token)).json()["data"] == {"services": {"totalCount": 6}}
        parameters = {name: given if isinstance(given, str) else json.dumps(given) for name, given in body.items()}
        got = await server.http.get("/graphql", params=parameters, headers={"Authorization": f"Bearer {token}"})
        assert got.json()["data"] == {"services": {"totalCount": 6}}


async def test_mutations_are_asked_for_so_too_but_never_by_get(strict: Client) -> None:
    token, body = await strict.session(ADA), asked_by_id(SIGN_OUT)[0]
    headers = {"Authorization": f"Bearer {token}"}
    got = await strict.http.get("/graphql", params=body, headers=headers)
    assert (got.status_code, codes(got.json())) == (405, ["METHOD_NOT_ALLOWED"])
    assert (await strict.post(body, token)).json()["data"] == {"signOut": {"signedOut": True}}
    assert await strict.sign_in(ADA)


def error(answer: httpx.Response) -> tuple[int, list[str], str]:
    return answer.status_code, codes(answer.json()), answer.json()["errors"][0]["message"]


GRAPHQL_RESPONSE = "application/graphql-response+json"


@pytest.mark.parametrize(
    "id_", [f"sha256:{'0' * 64}", f"sha256:{hex_of(VIEWER).upper()}", "md5:1", "sha256:", "1" * 63, ""]
)
async def test_what_is_not_registered_is_not_found(client: Client, strict: Client, id_: str) -> None:
    for server in (client, strict):
        token = await server.session(ADA)
        answer = await server.post({"documentId": id_}, token)
        assert error(answer)[:2] == (200, ["DOCUMENT_NOT_FOUND"])
        answer = await server.post({"documentId": id_}, token, Accept=GRAPHQL_RESPONSE)
        assert error(answer)[:2] == (400, ["DOCUMENT_NOT_FOUND"])


async def test_clients_of_apollo_understand_that_they_must_send_the_text(client: Client) -> None:
    text, token = "{ viewer { user { id } } }", await client.session(ADA)
    body = asked_by_id(text)[2]
    assert error(await client.post(body, token)) == (200, ["DOCUMENT_NOT_FOUND"], "PersistedQueryNotFound")
    assert "errors" not in (await client.post(body | {"query": text}, token)).json()
    # Nothing is registered by a client.
    assert error(await client.post(body, token)) == (200, ["DOCUMENT_NOT_FOUND"], "PersistedQueryNotFound")


@pytest.mark.parametrize(
    "body",
    [
        {"query": SERVICES, "documentId": hex_of(VIEWER)},
        {"query": VIEWER, "extensions": {"persistedQuery": {"sha256Hash": "nothing"}}},
        {"documentId": 1},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": hex_of(VIEWER)}},
        {"extensions": {"persistedQuery": {"sha256Hash": [hex_of(VIEWER)]}}},
    ],
)
async def test_ids_that_are_none_or_of_another_text_are_refused(client: Client, body: dict[str, Any]) -> None:
    answer = await client.post(body, await client.session(ADA))
    assert error(answer)[:2] == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    "text", [VIEWER.strip(), INTROSPECTION, "{ viewer { nonsense } }", "no GraphQL", SIGN_OUT + " "]
)
@pytest.mark.parametrize("who", [ADA, None])
async def test_a_strict_server_answers_nothing_else_and_tells_nothing(
    client: Client, strict: Client, text: str, who: str | None
) -> None:
    token = await strict.session(who) if who else None
    answer = await strict.post({"query": text}, token)
    assert error(answer) == (200, ["DOCUMENT_NOT_TRUSTED"], "This server runs registered documents only.")
    assert (await strict.post({"query": text}, token, Accept=GRAPHQL_RESPONSE)).status_code == 403
    got = await strict.http.get("/graphql", params={"query": text}, headers={"Accept": GRAPHQL_RESPONSE})
    assert codes(got.json()) == ["DOCUMENT_NOT_TRUSTED"]
    assert codes((await client.post({"query": text}, token)).json()) != ["DOCUMENT_NOT_TRUSTED"]


async def test_a_strict_server_answers_a_registered_text(strict: Client) -> None:
    token = await strict.session(ADA)
    assert await strict.data(VIEWER, token) == {"viewer": {"user": {"email": ADA}}}
    body = asked_by_id(VIEWER)[0] | {"query": VIEWER}
    assert (await strict.post(body, token)).json()["data"] == {"viewer": {"user": {"email": ADA}}}


async def test_introspection_is_answered_where_it_is_registered(client: Client, strict: Client) -> None:
    await register(client, INTROSPECTION)
    assert await strict.data(INTROSPECTION) == {"__schema": {"queryType": {"name": "Query"}}}
    await remove(client, INTROSPECTION)


async def test_a_document_is_looked_up_once_and_forgotten_after_a_while(
    client: Client, strict: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "{ viewer { permissions } }"
    await register(client, text)
    tokens = {server: await server.session(ADA) for server in (client, strict)}
    bodies = [asked_by_id(text)[0], {"query": text}]
    looked_up = []
    for server in (client, strict):
        look_up = server.backend.trusted_documents.load_text

        async def counting(digest: bytes, look_up: Any = look_up) -> str | None:
            looked_up.append(digest)
            found: str | None = await look_up(digest)
            return found

        monkeypatch.setattr(server.backend.trusted_documents, "load_text", counting)
        for body in bodies * 3:
            assert "errors" not in (await server.post(body, tokens[server])).json()
    assert len(looked_up) == 2
    await remove(client, text)
    later = time.monotonic() + strict.backend.trusted_documents.cache_seconds + 1
    monkeypatch.setattr("app.documents.trusted_documents.time", SimpleNamespace(monotonic=lambda: later))
    for server in (client, strict):
        assert codes((await server.post(bodies[0], tokens[server])).json()) == ["DOCUMENT_NOT_FOUND"]
    assert codes((await strict.post(bodies[1], tokens[strict])).json()) == ["DOCUMENT_NOT_TRUSTED"]
    assert "errors" not in (await client.post(bodies[1], tokens[client])).json()


async def test_the_pages_behind_mailed_links_rate_passwords(strict: Client) -> None:
    token = await link_token(strict.backend.mutation_context, ADA)
    page = await strict.http.get("/reset-password", params={"token": token})
    words = re.search('data-words="([^"]*)"', page.text)
    assert words is not None
    query = json.loads(html.unescape(words[1]))["query"]
    rated = await strict.post(
        {"query": query, "variables": {"password": "violet ladder humming quietly", "token": token}}
    )
    assert rated.json()["data"]["passwordStrength"]["accepted"] is True
