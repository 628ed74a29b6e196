"""Activation with a passkey instead of a password: what the link opens, and what is stored."""

from typing import Any, cast

import pytest

from resolvers.errors import MutationRejected
from resolvers.identity.passkeys.registration import start_registration
from resolvers.identity.passkeys.sign_in import sign_in_with_passkey
from resolvers.identity.second_step import complete_sign_in
from resolvers.mutations.users.activate import activate_user
from resolvers.mutations.users.activate_with_passkey import (
    Activated,
    MadePasskey,
    activate_with_passkey,
    start_activation_passkey,
)
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from resolvers.validation.person import NewDetails
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import NEW, SAM, VISITOR, audited
from tests.support.resolver_fixtures import activation_token, caller, contents, invited, problems, rows, run
from tests.support.second_factors import passkey_options, ticket_for

pytestmark = [pytest.mark.invariant("activation_link"), pytest.mark.invariant("second_factors")]

IVY, PAT, EVE = "ivy@acme.example", "pat@acme.example", "eve@acme.example"
INVALID_CREDENTIAL = [("INVALID", "input.credential")]


async def activate(
    writing: MutationContext, token: str, device: Authenticator, name: str = "Phone", **details: Any
) -> Activated:
    made = device.create(await start_activation_passkey(writing, VISITOR, token))
    return await activate_with_passkey(writing, VISITOR, token, MadePasskey(made, name), cast("NewDetails", details))


async def test_a_new_user_signs_in_with_the_passkey_and_has_no_password(writing: MutationContext) -> None:
    await invited(writing, IVY)
    device, token = Authenticator(writing.origin), await activation_token(writing, IVY)
    activated = await activate(writing, token, device, first_name="Ivy", last_name="Ito")
    assert len(activated.recovery_codes) == 10
    [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=activated.user_id)
    assert (user.email, user.first_name, user.password_hash) == (IVY, "Ivy", None)
    assert user.activated_at
    session = await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    assert session.actor.id == user.id
    for kind in ("user.second_factor_started", "user.activated", "user.second_factor_added"):
        assert [(event.subject_id, event.actor_id) for event in await audited(writing, kind)] == [(user.id, user.id)]
    mails = await rows(writing, "SELECT kind FROM outbox_mails WHERE user_id = :id ORDER BY id", id=user.id)
    assert [mail.kind for mail in mails] == ["USER_ACTIVATION", "SECOND_FACTORS_CHANGED"]


async def test_a_recovery_code_helps_after_a_new_password(writing: MutationContext) -> None:
    activated = await activate(writing, await activation_token(writing, PAT), Authenticator(writing.origin))
    [sam] = await rows(writing, "SELECT password_hash FROM users WHERE email = :email", email=SAM)
    await run(writing, "UPDATE users SET password_hash = :hash WHERE email = :email", hash=sam.password_hash, email=PAT)
    ticket = await ticket_for(writing, PAT)
    session = await complete_sign_in(writing, VISITOR, ticket.token, activated.recovery_codes[0])
    assert session.actor.id == activated.user_id


async def test_the_link_is_used_up(writing: MutationContext) -> None:
    token = await activation_token(writing, PAT)
    await activate(writing, token, Authenticator(writing.origin))
    before = await contents(writing)
    for attempt in (
        lambda: start_activation_passkey(writing, VISITOR, token),
        lambda: activate_user(writing, VISITOR, token, NEW),
    ):
        with pytest.raises(MutationRejected) as rejection:
            await attempt()
        assert [code for code, _ in problems(rejection.value)] == ["TOKEN_INVALID"]
    assert await contents(writing) == before


@pytest.mark.parametrize("email", [EVE, None])
async def test_a_link_that_opens_nothing_makes_no_challenge(writing: MutationContext, email: str | None) -> None:
    token = "x" * 43 if email is None else await activation_token(writing, email)
    with pytest.raises(MutationRejected) as rejection:
        await start_activation_passkey(writing, VISITOR, token)
    code = "TOKEN_INVALID" if email is None else "TOKEN_EXPIRED"
    assert problems(rejection.value) == [(code, "input.activationToken")]
    assert await rows(writing, "SELECT 1 FROM passkey_challenges") == []


async def test_a_passkey_for_another_link_or_session_is_refused(writing: MutationContext) -> None:
    await invited(writing, IVY)
    ivys, pats = await activation_token(writing, IVY), await activation_token(writing, PAT)
    sam = await caller(writing, SAM)
    others = [
        await start_activation_passkey(writing, VISITOR, ivys),
        await run_in_transaction(writing, sam, lambda work: start_registration(work, None)),
        await passkey_options(writing),
    ]
    made = [Authenticator(writing.origin).create(options) for options in others[:2]]
    made += ["", "{}", Authenticator("https://evil.example").create(await start_activation_passkey(writing, sam, pats))]
    before = await contents(writing)
    for credential in made:
        with pytest.raises(MutationRejected) as rejection:
            await activate_with_passkey(writing, VISITOR, pats, MadePasskey(credential, "Phone"))
        assert problems(rejection.value) == INVALID_CREDENTIAL
    assert await contents(writing) == before
    # The link is still good.
    await activate(writing, pats, Authenticator(writing.origin))


async def test_problems_are_reported_together_and_nothing_is_used_up(writing: MutationContext) -> None:
    await invited(writing, IVY)
    token, device = await activation_token(writing, IVY), Authenticator(writing.origin)
    made = device.create(await start_activation_passkey(writing, VISITOR, token))
    with pytest.raises(MutationRejected) as rejection:
        await activate_with_passkey(writing, VISITOR, token, MadePasskey(made, ""))
    assert problems(rejection.value) == [
        ("INVALID", "input.firstName"),
        ("INVALID", "input.lastName"),
        ("INVALID", "input.passkeyName"),
    ]
    names = cast("NewDetails", {"first_name": "Ivy", "last_name": "Ito"})
    assert (await activate_with_passkey(writing, VISITOR, token, MadePasskey(made, "Phone"), names)).recovery_codes
