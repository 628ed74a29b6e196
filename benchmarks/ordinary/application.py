"""The ordinary server: `uvicorn --factory benchmarks.ordinary.application:create_app`, with `DATABASE_URL`."""

import os
from functools import partial
from hashlib import sha256

import asyncpg
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from app.database.pools import normalize_url
from benchmarks.ordinary.context import Context
from benchmarks.ordinary.loaders import Loaders, Sessions
from benchmarks.ordinary.schema import schema
from benchmarks.ordinary.viewer import load_viewer

CONNECTIONS = 16
"""The size of the connection pool: that of Portico's read pool."""


class Endpoint(GraphQL[Context, None]):
    """The GraphQL endpoint for signed-in users."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__(schema)
        self.sessions = sessions

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The viewer, by bearer token. Raises HTTPException (401)."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        async with self.sessions() as session:
            viewer = await load_viewer(session, sha256(token.encode()).digest())
        if viewer is None:
            raise HTTPException(401)
        return Context(viewer, self.sessions, Loaders(self.sessions, viewer))


def create_app() -> Starlette:
    """The application, on the database that `DATABASE_URL` names."""
    connect = partial(asyncpg.connect, normalize_url(os.environ["DATABASE_URL"]), server_settings={"jit": "off"})
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=CONNECTIONS,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
    )
    return Starlette(routes=[Route("/graphql", Endpoint(async_sessionmaker(engine, expire_on_commit=False)))])
