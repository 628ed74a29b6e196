"""The details that users give when they activate: invited users their name, everybody any corrections."""

from typing import Any, cast
from uuid import UUID

import pytest

from models import TokenPurpose, UserKind
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.one_time_tokens import LinkStatus, TokenState, check_link
from resolvers.mutations.users.activate import activate_user
from resolvers.transaction.context import MutationContext
from resolvers.validation.person import NewDetails
from tests.support.resolver_fixtures import activation_token, caller, contents, invited, make, new_user, problems, rows

PASSWORD = "a lamp, 4 herons & rain"
IVY, NORA = "ivy@acme.example", "nora@acme.example"


async def use_link(writing: MutationContext, email: str, password: str = PASSWORD, **values: Any) -> Any:
    """The row of the user after the activation with these details."""
    token = await activation_token(writing, email)
    details = cast("NewDetails", values)
    user_id: UUID = await activate_user(writing, Caller(), token, password, details)
    [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=user_id)
    return user


async def problems_of_use(
    writing: MutationContext, email: str, password: str = PASSWORD, **values: Any
) -> list[tuple[str, str]]:
    """The problems of the activation, which must change nothing."""
    before = await contents(writing)
    with pytest.raises(MutationRejected) as rejection:
        await use_link(writing, email, password, **values)
    assert await contents(writing) == before
    return problems(rejection.value)


async def test_invited_users_give_their_details(writing: MutationContext) -> None:
    await invited(writing, IVY)
    user = await use_link(writing, IVY, first_name=" Ivy ", last_name="Ito", phone="+31201234567", country="NL")
    assert (user.kind, user.first_name, user.last_name) == ("PERSONAL", "Ivy", "Ito")
    assert (user.phone, user.country) == ("+31201234567", "NL")
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE kind = 'user.activated'")
    assert event.subject_id == event.actor_id == user.id
    assert event.changes == {
        "firstName": [None, "Ivy"],
        "lastName": [None, "Ito"],
        "phone": [None, "+31201234567"],
        "country": [None, "NL"],
    }


async def test_all_problems_are_reported_together_and_the_link_stays_valid(writing: MutationContext) -> None:
    await invited(writing, IVY)
    assert await problems_of_use(writing, IVY, "short", last_name=" ", phone="0201", country="nl") == [
        ("INVALID", "input.lastName"),
        ("INVALID", "input.phone"),
        ("INVALID", "input.country"),
        ("INVALID", "input.firstName"),
        ("PASSWORD_TOO_WEAK", "input.password"),
    ]
    assert await problems_of_use(writing, IVY) == [("INVALID", "input.firstName"), ("INVALID", "input.lastName")]
    await use_link(writing, IVY, first_name="Ivy", last_name="Ito")


async def test_a_password_like_the_new_name_is_too_weak(writing: MutationContext) -> None:
    await invited(writing, IVY)
    name = {"first_name": "Wilhelmina", "last_name": "Oosterhuizen"}
    result = await problems_of_use(writing, IVY, "Oosterhuizen Wilhelmina", **name)
    assert result == [("PASSWORD_TOO_WEAK", "input.password")]
    await use_link(writing, IVY, "Oosterhuizen Wilhelmina", first_name="Ivy", last_name="Ito")


async def test_a_group_needs_no_name(writing: MutationContext) -> None:
    await invited(writing, IVY, "noc@acme.example")
    group = await use_link(writing, IVY, kind=UserKind.GROUP)
    assert (group.kind, group.first_name, group.last_name) == ("GROUP", None, None)
    named = await use_link(writing, "noc@acme.example", kind=UserKind.GROUP, last_name="Night shift")
    assert (named.kind, named.first_name, named.last_name) == ("GROUP", None, "Night shift")


async def test_created_users_keep_the_details_that_they_omit(writing: MutationContext) -> None:
    ada = await caller(writing, "ada@acme.example")
    await make(writing, ada, new_user(NORA, phone="+4687654321", country="SE"))
    assert await problems_of_use(writing, NORA, last_name="") == [("INVALID", "input.lastName")]
    user = await use_link(writing, NORA, kind=None, first_name=None, last_name="Nyberg", phone=None)
    assert (user.kind, user.first_name, user.last_name) == ("PERSONAL", "Nora", "Nyberg")
    assert (user.phone, user.country) == ("+4687654321", "SE")
    [event] = await rows(writing, "SELECT changes FROM audit_events WHERE kind = 'user.activated'")
    assert event.changes == {"lastName": ["Nilsson", "Nyberg"]}


async def test_only_the_holder_of_the_link_learns_which_details_are_missing(writing: MutationContext) -> None:
    await invited(writing, IVY)
    await make(writing, await caller(writing, "ada@acme.example"), new_user(NORA))
    nothing = dict.fromkeys(("firstName", "lastName", "phone", "country")) | {"kind": "PERSONAL"}
    async with writing.engine.connect() as connection:
        ivy, nora, wrong = [
            await check_link(connection, token, TokenPurpose.ACTIVATION)
            for token in (await activation_token(writing, IVY), await activation_token(writing, NORA), "x")
        ]
    assert ivy == LinkStatus(TokenState.VALID, IVY, nothing)
    assert nora == LinkStatus(TokenState.VALID, NORA)
    assert wrong == LinkStatus(TokenState.INVALID)
