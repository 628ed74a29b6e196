"""Shared by tests of passwords: a signed-in user, a mailed link, and what is stored."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import OneTimeToken, TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.callers.credentials import SessionToken
from resolvers.identity.hashing import derive_token
from resolvers.identity.passwords import request_password_reset
from resolvers.identity.sessions import SignedIn, sign_in
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, rows
from tests.support.server import Client

NEW = "a lamp, 4 herons & rain"
VISITOR = Caller(request_id="req_5", address="192.0.2.11")
SAM = "sam@acme.example"
UNFIT = ["", "short", "password1234", SAM, "a" * 1025, "lone \ud800 surrogate"]
"""Passwords that Sam can't have."""


async def signed_in_as(writing: MutationContext, email: str = SAM, password: str = PASSWORD) -> tuple[SignedIn, Caller]:
    session = await sign_in(writing, VISITOR, email, password)
    return session, replace(VISITOR, actor=session.actor, credential=SessionToken.of(session.token.encode()))


async def open_sessions(writing: MutationContext, email: str = SAM) -> list[UUID]:
    found = await rows(writing, "SELECT id FROM sessions WHERE user_id = :user", user=named_key(email))
    return [row.id for row in found]


async def mailed_reset_token(client: Client, email: str) -> str:
    """The token of the newest reset link of a user."""
    newest = (
        select(OneTimeToken.id, OneTimeToken.tenant_id)
        .where(OneTimeToken.user_id == named_key(email))
        .order_by(OneTimeToken.id.desc())
    )
    async with client.backend.engine.connect() as connection:
        row = (await connection.execute(newest.limit(1))).one()
    return derive_token(SECRET_KEY, TokenPurpose.PASSWORD_RESET, row.id, row.tenant_id)


async def stored_hash(writing: MutationContext, email: str = SAM) -> str:
    [user] = await rows(writing, "SELECT password_hash FROM users WHERE email = :email", email=email)
    return str(user.password_hash)


async def audited(writing: MutationContext, kind: str) -> list[Any]:
    return await rows(writing, "SELECT * FROM audit_events WHERE kind = :kind", kind=kind)


async def newest_token(writing: MutationContext, email: str = SAM) -> str:
    query = "SELECT id, tenant_id, purpose FROM one_time_tokens WHERE user_id = :user ORDER BY id DESC LIMIT 1"
    [row] = await rows(writing, query, user=named_key(email))
    return derive_token(SECRET_KEY, TokenPurpose(row.purpose), row.id, row.tenant_id)


async def link_token(writing: MutationContext, email: str = SAM) -> str:
    """The token in the link that is mailed to an active user on request."""
    await request_password_reset(writing, VISITOR, email)
    return await newest_token(writing, email)
