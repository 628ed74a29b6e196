"""Somebody views as another user."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from models import new_id
from resolvers.callers.credentials import SessionToken
from resolvers.mutations.users.view_as import start_view_as, stop_view_as
from resolvers.transaction.unit_of_work import UnitOfWork
from tests.support.escalation.step import Step
from tests.support.worlds.planner_fixtures import ids_in
from tests.support.worlds.views import read_actor

ROOTS = ("services", "contractAccounts", "deliveryAccounts")
QUERY = "{ " + " ".join(f"{root}(first: 100) {{ totalCount nodes {{ id name }} }}" for root in ROOTS) + " }"
ADD_SESSION = """INSERT INTO sessions (id, user_id, token_hash, expires_at)
VALUES (:id, :user, :hash, now() + interval '1 hour')"""


async def view_as(step: Step) -> list[UUID]:
    """What the view shows is what the user sees, and nothing that the viewer doesn't see."""
    caller, session_id = step.work.caller, new_id()
    if caller.credential is None:
        session = {"id": session_id, "user": step.actor_id, "hash": session_id.bytes}
        await step.work.connection.execute(text(ADD_SESSION), session)
        caller = replace(caller, credential=SessionToken(session_id.bytes))
    work = UnitOfWork(step.work.connection, step.work.context, caller)
    await start_view_as(work, step.user_id, "Ticket")
    viewer, viewed = await step.story.actor(step.actor_id), await step.story.actor(step.user_id)
    assert viewer is not None
    assert viewed is not None
    driver = (await step.work.connection.get_raw_connection()).driver_connection
    shown = await read_actor(driver, viewed, QUERY, viewer)
    assert shown == await read_actor(driver, viewed, QUERY)
    alone = await read_actor(driver, viewer, QUERY)
    step.told.append(shown)
    for root in ROOTS:
        assert ids_in(shown[root]) <= ids_in(alone[root]), root
    await stop_view_as(work, step.user_id)
    return []
