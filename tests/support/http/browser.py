"""A browser with a session cookie, at one of our own pages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
from sqlalchemy import text

from app.demo.example_users import PASSWORD
from resolvers.identity.hashing import token_hash
from tests.support.server import BASE_URL, Client

NAME = "__Host-portico-session"
"""The name of the cookie at `BASE_URL`."""

OWN = {
    "Content-Type": "application/json",
    "Origin": BASE_URL,
    "Sec-Fetch-Site": "same-origin",
    "Portico-Session": "cookie",
}
"""What the requests of our own pages have."""

SIGN_IN = """mutation ($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password, session: COOKIE}) {
    token expiresAt viewer { user { email } sessions { current } } errors { code path message }
  }
}"""


@dataclass
class Browser:
    """A browser with these cookies. It ignores all that a browser is told about when to send them."""

    client: Client
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(
        self, query: str, headers: Mapping[str, str | None] | None = None, **variables: Any
    ) -> httpx.Response:
        """POST an operation with the headers of our own pages, and those given instead; None leaves one out."""
        sent = {name: value for name, value in {**OWN, **(headers or {})}.items() if value is not None}
        if self.cookies:
            sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **sent}
        body = json.dumps({"query": query, "variables": variables})
        answer = await self.client.http.post("/graphql", content=body, headers=sent)
        self.client.http.cookies.clear()
        for name, morsel in set_cookies(answer).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return answer

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation, which must have no errors."""
        answer = (await self.send(query, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """The payload of a sign-in."""
        payload: dict[str, Any] = (await self.data(SIGN_IN, email=email, password=password))["signIn"]
        return payload


def set_cookies(answer: httpx.Response) -> dict[str, "Morsel[str]"]:
    """The cookies that an answer sets or deletes."""
    found: dict[str, Morsel[str]] = {}
    for line in answer.headers.get_list("set-cookie"):
        found |= SimpleCookie(line)
    return found


async def is_session(client: Client, token: str) -> bool:
    """Whether the token is that of a stored session."""
    async with client.backend.engine.connect() as connection:
        statement = text("SELECT 1 FROM sessions WHERE token_hash = :hash")
        return (await connection.execute(statement, {"hash": token_hash(token)})).scalar() is not None
