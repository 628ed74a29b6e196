"""Rates a password that somebody is typing, as the mutation that sets it will.

Anybody may ask. The words of a user, their email and names, count only for the user themselves: whoever has their
session, or a valid link that was mailed to them. An invalid link counts as none, and nothing says which it was.
"""

from uuid import UUID

from sqlalchemy import select

from models import TokenPurpose, User
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import load_actor
from resolvers.identity.one_time_tokens import TokenState, evaluate_token, select_token
from resolvers.identity.password_strength import PasswordStrength, length_weakness, password_strength
from resolvers.identity.sessions import line_of, place_for
from resolvers.rate_limits.hashing_queue import Line, Place
from resolvers.transaction.alone import statements_of
from resolvers.transaction.context import MutationContext

Words = tuple[str | None, ...]

MAX_NAME = 100
"""The characters of a typed name that count: no name is longer."""


async def rate_password(
    context: MutationContext, caller: Caller, password: str, token: str | None, *names: str | None
) -> PasswordStrength:
    """The strength of a password for the user to whom the link with this token was mailed, or for the caller. `names`
    are those that the user is entering. Writes nothing, and no connection is held while the password is rated. Raises
    QueueFull."""
    if length_weakness(password) is not None:
        return await password_strength(password, ())
    words, place = await _words_and_place(context, caller, token)
    given = (name.strip()[:MAX_NAME] for name in names if name)
    return await password_strength(password, [word for word in (*words, *given) if word], place)


async def _words_and_place(context: MutationContext, caller: Caller, token: str | None) -> tuple[Words, Place]:
    if token is not None:
        words = await _words_of_link(context, caller, token)
        return words, place_for(context, caller, Line.LINK if words else Line.OTHER)
    words = await _words_of_caller(context, caller)
    known = bool(words and words[0]) and await context.limits.has_signed_in(words[0] or "", caller.address)
    return words, place_for(context, caller, line_of(known=known))


async def _words_of_link(context: MutationContext, caller: Caller, token: str) -> Words:
    async with statements_of(context, caller) as connection:
        for purpose in (TokenPurpose.ACTIVATION, TokenPurpose.PASSWORD_RESET):
            presented = evaluate_token((await connection.execute(select_token(token, purpose))).one_or_none())
            if presented.row is not None and presented.state is TokenState.VALID:
                return presented.row.email, presented.row.first_name, presented.row.last_name
    return ()


async def _words_of_caller(context: MutationContext, caller: Caller) -> Words:
    """The words of the user who is signed in. A session that has ended in the meantime counts as none."""
    if caller.credential is None or caller.session_hash is None:
        return ()
    async with statements_of(context, caller) as connection:
        loaded = await load_actor(connection, caller.credential, context.lifetimes.idle)
        if loaded is None:
            return ()
        user_id: UUID = loaded[0].id
        columns = select(User.email, User.first_name, User.last_name).where(User.id == user_id)
        return tuple((await connection.execute(columns)).one())
