"""Reads the actor and what a mutation needs to know, in one statement.

The conditions of the policy depend on the traits of the actor, and these are known only once the actor is read. So the
statement is built for the traits that the actor had when the request was authenticated, and what it returns counts only
if the actor still has them.
"""

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Select, literal_column, select, true

from authz.access import Access
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.callers.load_actor import ActorQuery, actor_query, user_query
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.transaction.policy_statements import BuildSelect

ACTING: Final = "acting_"
"""The start of the names of the columns of an actor."""

_FOUND: Final = "acting_found"


def with_actor(
    access: Access, build: BuildSelect, build_actor: Callable[[], Select[*tuple[Any, ...]]], *variant: Hashable
) -> Select[*tuple[Any, ...]]:
    """The SELECT of the actor by `build_actor` (`ActorQuery.build`), beside each row of the SELECT by `build`, or
    beside NULLs if there is none. No row if there is no actor."""
    actor = build_actor().subquery("acting")
    found = build(access, *variant).add_columns(literal_column("true").label(_FOUND)).subquery("found")
    columns = (column.label(ACTING + column.key) for column in actor.c)
    return select(*columns, *found.c).select_from(actor.outerjoin(found, true()))


def acting_query(caller: Caller, idle_timeout: timedelta) -> tuple[Actor, ActorQuery]:
    """The actor of a caller as it was when they were authenticated, and the SELECT of the actor as it is now. Raises
    `MutationRejected` (UNAUTHENTICATED) if there is none."""
    actor = caller.actor
    if actor is not None and caller.credential is not None:
        return actor, actor_query(caller.credential, idle_timeout)
    # The command line and tests act for users without a session. A program never acts without its token.
    if actor is None or actor.program_id is not None:
        raise not_signed_in()
    return actor, user_query(actor.id, actor.tenant_id)


def not_signed_in() -> MutationRejected:
    """The rejection of a caller who is not signed in, or not any more."""
    return MutationRejected(Problem(ErrorCode.UNAUTHENTICATED, "Sign in first."))


class ActingRow:
    """The columns of the actor in a row of `with_actor`, under their own names."""

    __slots__ = ("_row",)

    def __init__(self, row: Any) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, ACTING + name)


def is_found(row: Any) -> bool:
    """Whether a row of `with_actor` has a row of the other SELECT."""
    return bool(getattr(row, _FOUND))
