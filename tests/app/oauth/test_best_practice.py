"""What RFC 9700 (Best Current Practice for OAuth 2.0 Security) asks of an authorization server with client credentials
only, where no other test has it. `docs/security.md` lists all of it."""

import pytest

from app.oauth.metadata import INTROSPECT, REVOKE, TOKEN, WELL_KNOWN
from models import ApiClient, User
from tests.support.oauth import access_token, program
from tests.support.server import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHO = "{ viewer { organization { name } } }"


async def test_a_token_in_an_address_or_a_form_is_nobodys(client: Client) -> None:
    """Section 4.3.2: addresses end in logs and histories."""
    token = await access_token(client, await program(client))
    assert (await client.data(WHO, token))["viewer"]["organization"]
    for path in (f"/graphql?access_token={token}", f"/graphql?token={token}"):
        answer = await client.http.post(path, json={"query": WHO})
        assert answer.status_code == 400 or answer.json()["data"]["viewer"] is None
    form = await client.http.post("/graphql", data={"access_token": token, "query": WHO})
    assert "ACME" not in form.text


@pytest.mark.parametrize("path", [TOKEN, REVOKE, INTROSPECT, "/activate", "/reset-password"])
async def test_no_credentials_are_sent_on_to_another_address(client: Client, path: str) -> None:
    """Section 4.12: a redirect with 307 or 308 would repeat the form."""
    form = {"grant_type": "client_credentials", "token": "x", "password": "x"}
    for address in (f"{path}/", path.upper(), path):
        answer = await client.http.post(address, data=form, auth=("cli_x", "secret"))
        assert not answer.is_redirect, address


async def test_nothing_is_offered_but_client_credentials(client: Client) -> None:
    """Sections 2.1.2 and 2.4: neither the implicit grant nor that of passwords."""
    document = (await client.http.get(WELL_KNOWN)).json()
    assert document["grant_types_supported"] == ["client_credentials"]
    assert document["response_types_supported"] == ["none"]
    assert "authorization_endpoint" not in document
    for path in ("/oauth2/authorize", "/authorize"):
        assert (await client.http.get(path)).status_code == 404


async def test_a_client_is_no_user_and_chooses_no_claim(client: Client) -> None:
    """Section 4.15: the subject of a client's token can't be taken for that of a user."""
    mine = await program(client)
    form = {"grant_type": "client_credentials", "client_id": f"cli_{mine.id}", "sub": "usr_x", "aud": "x", "iss": "x"}
    answer = await client.http.post(TOKEN, data=form, auth=mine.basic)
    token = answer.json()["access_token"]
    claims = (await client.http.post(INTROSPECT, data={"token": token}, auth=mine.basic)).json()
    assert claims["sub"] == claims["client_id"] == f"{ApiClient.id_prefix}_{mine.id}"
    assert ApiClient.id_prefix != User.id_prefix
    assert claims["aud"] == f"{claims['iss']}/graphql"
