"""What signs nobody in: answers of other sites, keys, users, sessions and times."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import ChallengePurpose
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.passkeys.registration import add_passkey, start_registration
from resolvers.identity.passkeys.sign_in import create_challenge, sign_in_with_passkey
from resolvers.identity.step_up import GivenProof, reauthenticate
from resolvers.mutations.users.lifecycle import remove_user
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, problems, rows, run
from tests.support.second_factors import age_proofs, passkey_options, ticket_for, with_passkey

pytestmark = pytest.mark.invariant("second_factors")

ADA = "ada@acme.example"
INVALID = [("PASSKEY_INVALID", "input.credential")]
REQUIRE_PROVIDER = """INSERT INTO identity_providers
  (organization_id, issuer, client_id, client_secret, is_required, break_glass_user_id)
VALUES (:organization, 'https://id.example', 'portico', 'encrypted', true, :admin)"""


async def refused(writing: MutationContext, credential: str, ticket: str | None = None) -> list[tuple[str, str]]:
    """The problems of a sign-in with a passkey, which fails."""
    with pytest.raises(MutationRejected) as rejection:
        await sign_in_with_passkey(writing, VISITOR, credential, ticket)
    return problems(rejection.value)


async def not_proved(writing: MutationContext, who: Caller, credential: str) -> list[str]:
    """The codes of a proof by passkey, which fails."""
    with pytest.raises(MutationRejected) as rejection:
        await reauthenticate(writing, who, GivenProof(passkey=credential))
    return [code for code, _ in problems(rejection.value)]


@pytest.mark.parametrize(
    "change",
    [{"origin": "https://localhost"}, {"origin": "http://localhost:1"}, {"origin": "http://evil.example"},
     {"origin": "http://sub.localhost"}, {"site": "evil.example"}, {"is_framed": True}, {"is_verifying": False},
     {"credential_id": b"x" * 32}, {"handle": ""}, {"handle": "AAAA"}, {"handle": "A" * 43}, {"count": -1}],
    ids=str,
)  # fmt: skip
async def test_what_is_no_passkey_of_this_site(writing: MutationContext, change: dict[str, Any]) -> None:
    device = await with_passkey(writing)
    assert await refused(writing, replace(device, **change).get(await passkey_options(writing))) == INVALID
    # Whatever was wrong changed nothing.
    await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)


@pytest.mark.parametrize("change", [{"origin": "http://evil.example"}, {"site": "evil.example"}, {"is_framed": True},
                                    {"is_verifying": False}], ids=str)  # fmt: skip
async def test_what_is_not_added(writing: MutationContext, change: dict[str, Any]) -> None:
    sam = await caller(writing, SAM)
    options = await run_in_transaction(writing, sam, lambda work: start_registration(work, None))
    made = replace(Authenticator(writing.origin), **change).create(options)
    with pytest.raises(MutationRejected) as rejection:
        await add_passkey(writing, sam, made, "Phone", None)
    assert problems(rejection.value) == [("INVALID", "input.credential")]
    assert await rows(writing, "SELECT 1 FROM passkeys") == []


async def test_an_answer_counts_once(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    credential = device.get(await passkey_options(writing))
    await sign_in_with_passkey(writing, VISITOR, credential, None)
    assert await refused(writing, credential) == INVALID
    # Nor does another answer to the same challenge, with a later counter.
    given = await passkey_options(writing)
    await sign_in_with_passkey(writing, VISITOR, device.get(given), None)
    assert await refused(writing, device.get(given)) == INVALID


async def test_a_copied_key_is_noticed_by_its_counter(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    copied = replace(device)
    await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    assert await refused(writing, copied.get(await passkey_options(writing))) == INVALID
    [event] = await rows(writing, "SELECT subject_id, changes FROM audit_events WHERE kind = 'session.refused'")
    assert (event.subject_id, event.changes["method"]) == (named_key(SAM), [None, "PASSKEY"])


async def test_another_key_of_the_same_id_signs_nobody_in(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    forged = Authenticator(writing.origin, credential_id=device.credential_id, handle=device.handle, count=9)
    assert await refused(writing, forged.get(await passkey_options(writing))) == INVALID


async def test_the_id_of_a_passkey_that_another_user_claims_signs_only_them_in(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    claimed = await with_passkey(writing, ADA, credential_id=device.credential_id)
    session = await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    assert session.actor.id == named_key(SAM)
    session = await sign_in_with_passkey(writing, VISITOR, claimed.get(await passkey_options(writing)), None)
    assert session.actor.id == named_key(ADA)


async def test_the_passkey_of_another_user_does_not_finish_a_sign_in(writing: MutationContext) -> None:
    device, other = await with_passkey(writing), await with_passkey(writing, ADA)
    ticket = (await ticket_for(writing)).token
    assert await refused(writing, other.get(await passkey_options(writing, ticket)), ticket) == INVALID
    # Nor does a handle that names somebody else, alone or with the ticket.
    theirs = replace(other, handle=device.handle)
    assert await refused(writing, theirs.get(await passkey_options(writing))) == INVALID
    named = replace(device, handle=other.handle)
    assert await refused(writing, named.get(await passkey_options(writing, ticket)), ticket) == INVALID
    assert await not_proved(writing, await caller(writing, ADA), device.get(await passkey_options(writing))) == [
        "PASSKEY_INVALID"
    ]


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"rawId": "!"}', "x" * 20_000, "[" * 9_000])
async def test_what_is_no_credential(writing: MutationContext, credential: str) -> None:
    assert await refused(writing, credential) == INVALID
    sam = await caller(writing, SAM)
    with pytest.raises(MutationRejected) as rejection:
        await add_passkey(writing, sam, credential, "Phone", None)
    assert problems(rejection.value) == [("INVALID", "input.credential")]


async def test_a_challenge_is_for_a_while_and_for_one_purpose_session_and_ticket(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    given = await passkey_options(writing)
    await run(writing, "UPDATE passkey_challenges SET expires_at = now()")
    assert await refused(writing, device.get(given)) == INVALID
    sam, elsewhere = await caller(writing, SAM), await caller(writing, SAM)
    proof = await create_challenge(writing, sam, ChallengePurpose.PROVE, None)
    assert await refused(writing, device.get(proof)) == INVALID
    assert await not_proved(writing, elsewhere, device.get(proof)) == ["PASSKEY_INVALID"]
    assert await not_proved(writing, sam, device.get(await passkey_options(writing))) == ["PASSKEY_INVALID"]
    await age_proofs(writing)
    await reauthenticate(writing, sam, GivenProof(passkey=device.get(proof)))
    ticket, other = (await ticket_for(writing)).token, (await ticket_for(writing)).token
    given = await passkey_options(writing, ticket)
    assert await refused(writing, device.get(given)) == INVALID
    assert await refused(writing, device.get(given), other) == INVALID
    await sign_in_with_passkey(writing, VISITOR, device.get(given), ticket)


async def test_a_registration_is_for_the_session_that_began_it(writing: MutationContext) -> None:
    sam, ada = await caller(writing, SAM), await caller(writing, ADA)
    options = await run_in_transaction(writing, sam, lambda work: start_registration(work, None))
    made = Authenticator(writing.origin).create(options)
    for who in (ada, await caller(writing, SAM)):
        with pytest.raises(MutationRejected) as rejection:
            await add_passkey(writing, who, made, "Phone", None)
        assert problems(rejection.value) == [("INVALID", "input.credential")]
    await add_passkey(writing, sam, made, "Phone", None)


async def test_the_passkey_of_a_removed_or_reset_user_is_gone(writing: MutationContext) -> None:
    ada = await caller(writing, ADA)
    for change in (reset_second_factors, remove_user):
        device = await with_passkey(writing)
        credential = device.get(await passkey_options(writing))
        await run_in_transaction(writing, ada, partial(change, user_id=named_key(SAM)))
        assert await refused(writing, credential) == INVALID
        assert await rows(writing, "SELECT 1 FROM passkeys") == []


async def test_alone_it_is_not_enough_where_single_sign_on_is_required(writing: MutationContext) -> None:
    device, admins = await with_passkey(writing), await with_passkey(writing, ADA)
    await run(writing, REQUIRE_PROVIDER, organization=named_key(ACME), admin=named_key(ADA))
    credential = device.get(await passkey_options(writing))
    assert await refused(writing, credential) == [("SINGLE_SIGN_ON_REQUIRED", "input")]
    # Only to whoever has the passkey is that said.
    device.count = -1
    assert await refused(writing, device.get(await passkey_options(writing))) == INVALID
    session = await sign_in_with_passkey(writing, VISITOR, admins.get(await passkey_options(writing)), None)
    assert session.actor.id == named_key(ADA)
    started = "SELECT changes FROM audit_events WHERE kind = 'session.started' AND actor_id = :ada ORDER BY id DESC"
    event, *_ = await rows(writing, started, ada=named_key(ADA))
    assert event.changes == {"breakGlass": [None, True]}


async def test_refused_passkeys_and_challenges_are_limited_by_address(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    wrong = replace(device, is_verifying=False).get(await passkey_options(writing))
    found = [await refused(writing, wrong) for _ in range(61)]
    assert found == [INVALID] * 60 + [[("RATE_LIMITED", "")]]
    for _ in range(59):
        await passkey_options(writing)
    with pytest.raises(MutationRejected) as rejection:
        await passkey_options(writing)
    assert problems(rejection.value) == [("RATE_LIMITED", "")]
    # Sign-in pages ask for those, to suggest passkeys. A second step doesn't depend on how many people look at one.
    assert await passkey_options(writing, (await ticket_for(writing)).token)
