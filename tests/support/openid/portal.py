"""An organization that uses single sign-on, and a page that signs its users in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from tests.support.openid.scripted_provider import CLIENT, SECRET, Person, ScriptedProvider
from tests.support.server import BASE_URL, Client

ADA = "ada@acme.example"
ORGANIZATION = f"org_{named_key(ACME)}"
PAGE = f"{BASE_URL}/console/signed-in"
SETTINGS: dict[str, Any] = {"egress_loopback": True}
"""What a server needs to use a provider on this machine."""

CONFIGURE = """mutation ($i: ConfigureSingleSignOnInput!) { configureSingleSignOn(input: $i) {
  organization { singleSignOn { provider { issuer clientId required breakGlassUser { email } newUserTemplate { name }
    newUsersBy { email } } domains { domainId domain } } }
  errors { code message path } } }"""
ADD_DOMAIN = """mutation ($i: AddSignInDomainInput!) { addSignInDomain(input: $i) {
  organization { singleSignOn { domains { domainId domain recordName recordText verifiedAt } } }
  errors { code message path } } }"""
VERIFY = """mutation ($i: VerifySignInDomainInput!) { verifySignInDomain(input: $i) {
  organization { singleSignOn { domains { domain verifiedAt missingSince } } } errors { code message path } } }"""
SIGN_IN = """mutation ($code: String!, $verifier: String!) {
  signInWithProvider(input: {code: $code, codeVerifier: $verifier}) {
    token viewer { user { email identity { issuer } } } errors { code message path } } }"""
LINK = """mutation ($code: String!, $verifier: String!, $link: String) {
  linkIdentity(input: {code: $code, codeVerifier: $verifier, token: $link}) {
    user { email status identity { issuer } } errors { code message path } } }"""


@dataclass
class Names:
    """The TXT records of the world. None: no name server answers."""

    texts: dict[str, Sequence[str]] | None = field(default_factory=dict)

    async def records(self, name: str) -> Sequence[str] | None:
        return None if self.texts is None else self.texts.get(name, [])


def use_names(client: Client) -> Names:
    """Let a server look names up in the result."""
    names, state = Names(), client.application.state
    context = state.backend.mutation_context
    assert context.relying_party is not None
    context = replace(context, relying_party=replace(context.relying_party, txt=names))
    state.backend = replace(state.backend, mutation_context=context)
    return names


async def change(client: Client, who: str, document: str, **input_: Any) -> dict[str, Any]:
    """The payload of a mutation by a user."""
    payload: dict[str, Any] = next(iter((await client.data(document, await client.session(who), i=input_)).values()))
    return payload


async def configure(client: Client, who: str = ADA, **input_: Any) -> dict[str, Any]:
    return await change(client, who, CONFIGURE, **{"organization": ORGANIZATION} | input_)


async def set_up(client: Client, provider: ScriptedProvider, names: Names, domain: str = "acme.example") -> None:
    """Configure the provider of ACME, and verify a domain."""
    given = {"issuer": provider.issuer, "clientId": CLIENT, "clientSecret": SECRET}
    assert (await configure(client, **given))["errors"] == []
    await add_domain(client, names, domain)


async def add_domain(
    client: Client, names: Names, domain: str, who: str = ADA, organization: str = ORGANIZATION
) -> None:
    """Add and verify a domain."""
    added = await change(client, who, ADD_DOMAIN, organization=organization, domain=domain)
    assert added["errors"] == []
    [entry] = [each for each in added["organization"]["singleSignOn"]["domains"] if each["domain"] == domain]
    assert names.texts is not None
    names.texts[entry["recordName"]] = [entry["recordText"]]
    assert (await change(client, who, VERIFY, id=entry["domainId"]))["errors"] == []


class Page:
    """A page in a browser: it has the verifier of the flow that it began, and the browser's cookies."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.verifier = secrets.token_urlsafe(32)
        self.http = httpx.AsyncClient(transport=client.http._transport, base_url=BASE_URL)

    async def get(self, url: str, **parameters: str) -> httpx.Response:
        return await self.http.get(url, params=parameters or None)

    async def start(self, email: str = ADA, **parameters: str) -> str:
        """Begin; returns the address at the provider."""
        challenge = str(create_s256_code_challenge(self.verifier))
        given = {"email": email, "code_challenge": challenge} | parameters
        response = await self.get("/sso/start", **given)
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def come_back(self, url: str) -> dict[str, str]:
        """Come back from the provider; returns the parameters with which the page is called."""
        response = await self.get(url)
        assert response.status_code == 303, response.text
        location = response.headers["location"]
        assert location.startswith(f"{PAGE}?")
        return {name: value for name, (value,) in parse_qs(urlsplit(location).query).items()}

    async def code(self, provider: ScriptedProvider, person: Person, email: str = ADA) -> str:
        """The code of a flow that succeeds."""
        return (await self.come_back(provider.authorize(await self.start(email), person)))["code"]

    async def sign_in(self, code: str, verifier: str | None = None) -> dict[str, Any]:
        """The payload of `signInWithProvider`."""
        given = {"code": code, "verifier": verifier or self.verifier}
        payload: dict[str, Any] = (await self.client.data(SIGN_IN, **given))["signInWithProvider"]
        return payload

    async def link(self, code: str, who: str | None = None, token: str | None = None) -> dict[str, Any]:
        """The payload of `linkIdentity`."""
        session = await self.client.session(who) if who else None
        given = {"code": code, "verifier": self.verifier, "link": token}
        payload: dict[str, Any] = (await self.client.data(LINK, session, **given))["linkIdentity"]
        return payload


async def linked(client: Client, provider: ScriptedProvider, who: str = ADA, subject: str | None = None) -> Person:
    """Link an identity with a user who is signed in."""
    person, page = Person(subject or who, {"email": who}), Page(client)
    payload = await page.link(await page.code(provider, person, who), who)
    assert payload["errors"] == []
    return person


async def refusals(page: Page, code: str, **given: str) -> list[str]:
    """The codes with which a sign-in is refused; none if it succeeds."""
    return [error["code"] for error in (await page.sign_in(code, **given))["errors"]]


async def failed(page: Page, url: str) -> None:
    """Expect that the page gets no code, because the provider's response isn't believed."""
    assert (await page.come_back(url)) == {"error": "provider_failed"}
