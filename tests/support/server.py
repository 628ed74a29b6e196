"""A whole server in the test's own process, and a GraphQL client for it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from sqlalchemy import func, insert, select

from app.application import Application, create_application
from app.backend import Backend
from app.database.pools import normalize_url
from app.database.replication.handover import Takeover
from app.demo import example
from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from app.graphql.endpoint import GraphQLEndpoint
from app.monitoring.sources import Listening
from app.settings import Settings
from authz.policy import Policy
from models import Session, User
from resolvers.identity.hashing import new_token, token_hash
from tests.support.resolver_fixtures import SECRET_KEY, rules

BASE_URL = "https://portico.example"

SIGN_IN = """mutation ($email: EmailAddress!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { token expiresAt errors { code message path } }
}"""


class Client:
    """A client of a server."""

    def __init__(self, http: httpx.AsyncClient, application: Application) -> None:
        self.http = http
        self.application = application

    @property
    def endpoint(self) -> GraphQLEndpoint:
        """The server's `/graphql`."""
        return self.application.graphql

    @property
    def backend(self) -> Backend:
        """The server's current backend."""
        backend: Backend = self.application.state.backend
        return backend

    async def post(self, body: Any, token: str | None = None, **headers: str) -> httpx.Response:
        """POST to `/graphql`; bytes are sent unchanged, anything else as JSON."""
        sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        if isinstance(body, bytes):
            return await self.http.post("/graphql", content=body, headers={"Content-Type": "application/json"} | sent)
        return await self.http.post("/graphql", json=body, headers=sent)

    async def answer(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The decoded answer to one operation, with its errors."""
        answer = await self.post({"query": query, "variables": variables}, token)
        decoded: dict[str, Any] = answer.json()
        return decoded

    async def data(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data of the answer to one operation, which must have no errors."""
        answer = await self.answer(query, token, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def session(self, email: str) -> str:
        """Insert a session of a demo user, and return its token: faster than a sign-in."""
        user_id, expires_at = named_key(email), func.now() + timedelta(hours=1)
        async with self.backend.engine.begin() as connection:
            tenant = (await connection.execute(select(User.tenant_id).where(User.id == user_id))).scalar_one()
            token = new_token(tenant)
            values = {"tenant_id": tenant, "user_id": user_id, "token_hash": token_hash(token)}
            await connection.execute(insert(Session).values(expires_at=expires_at, **values))
        return token

    async def sign_in(self, email: str, password: str = PASSWORD) -> str:
        """Sign in, and return the token of the session."""
        payload = (await self.data(SIGN_IN, email=email, password=password))["signIn"]
        assert payload["errors"] == []
        token: str = payload["token"]
        return token


def settings_of(database_url: str, data_dir: Path, **given: Any) -> Settings:
    """The settings of a server on this database. Without `mail_worker=True` it sends no mail."""
    chosen: dict[str, Any] = {
        "database_url": database_url,
        "data_dir": data_dir,
        "base_url": BASE_URL,
        "secret_key": SECRET_KEY.decode(),
        "mail_worker": False,
        # By https, all three would be off.
        "graphiql": True,
        "introspection": True,
        "suggestions": True,
    }
    return Settings(**chosen | given)


@asynccontextmanager
async def serving(
    database_url: str,
    data_dir: Path,
    listening: Listening | None = None,
    policy: Policy | None = None,
    takeover: Takeover | None = None,
    /,
    **given: Any,
) -> AsyncIterator[Client]:
    """Run a server with these settings, and its background tasks."""
    settings = settings_of(database_url, data_dir, **given)
    application = create_application(settings, policy or rules(), takeover=takeover)
    application.listening = listening or application.listening
    transport = httpx.ASGITransport(application, client=("192.0.2.7", 1234))
    async with (
        application.router.lifespan_context(application),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL) as http,
    ):
        yield Client(http, application)


async def add_demo_world(database_url: str) -> None:
    """Load the demo data."""
    connection = await asyncpg.connect(normalize_url(database_url))
    try:
        await example.load(connection, SECRET_KEY)
    finally:
        await connection.close()


def codes(answer: Mapping[str, Any]) -> list[str]:
    """The codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])]
