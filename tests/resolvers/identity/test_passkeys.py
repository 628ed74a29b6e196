"""Passkeys: as the second factor, as the only one, and as a proof; set up, named and removed."""

import pytest

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from models import ChallengePurpose, SecondFactorMethod
from resolvers.errors import MutationRejected
from resolvers.identity.passkeys.challenges import OPEN_CHALLENGES
from resolvers.identity.passkeys.registration import (
    MAX_PASSKEYS,
    add_passkey,
    remove_passkey,
    rename_passkey,
    start_registration,
)
from resolvers.identity.passkeys.sign_in import create_challenge, sign_in_with_passkey
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.sessions import sign_in
from resolvers.identity.step_up import GivenProof, reauthenticate
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, problems, rows, run
from tests.support.second_factors import (
    age_proofs,
    enroll,
    passkey_options,
    register_passkey,
    require_second_factor,
    ticket_for,
    with_passkey,
)

pytestmark = pytest.mark.invariant("second_factors")

ADA, SAMS = "ada@acme.example", named_key(SAM)


async def test_a_passkey_is_the_only_factor(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    session = await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    assert session.actor.id == SAMS


async def test_a_user_without_a_password_signs_in_and_proves_who_they_are(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    await run(writing, "UPDATE users SET password_hash = NULL WHERE email = :email", email=SAM)
    await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    sam = await caller(writing, SAM)
    await age_proofs(writing)
    proof = await create_challenge(writing, sam, ChallengePurpose.PROVE, None)
    await reauthenticate(writing, sam, GivenProof(passkey=device.get(proof)))
    with pytest.raises(MutationRejected) as rejection:
        await sign_in(writing, VISITOR, SAM, "")
    assert problems(rejection.value) == [("CREDENTIALS_INVALID", "input")]


async def test_a_passkey_is_the_second_factor(writing: MutationContext) -> None:
    device = await with_passkey(writing)
    ticket = await ticket_for(writing)
    assert ticket.methods == [SecondFactorMethod.PASSKEY, SecondFactorMethod.RECOVERY_CODE]
    credential = device.get(await passkey_options(writing, ticket.token))
    session = await sign_in_with_passkey(writing, VISITOR, credential, ticket.token)
    assert session.actor.id == SAMS
    with pytest.raises(MutationRejected) as rejection:
        await sign_in_with_passkey(writing, VISITOR, credential, ticket.token)
    assert problems(rejection.value) == [("TICKET_INVALID", "input.ticket")]


async def test_a_recovery_code_replaces_a_lost_passkey(writing: MutationContext) -> None:
    sam = await caller(writing, SAM)
    codes = await register_passkey(writing, sam, Authenticator(writing.origin))
    assert len(codes) == 10
    ticket = await ticket_for(writing)
    assert (await complete_sign_in(writing, VISITOR, ticket.token, codes[0])).actor.id == SAMS


async def test_a_passkey_is_enough_where_a_second_factor_is_required(writing: MutationContext) -> None:
    await require_second_factor(writing)
    ticket, device = (await ticket_for(writing)).token, Authenticator(writing.origin)
    options = await run_in_transaction(writing, VISITOR, lambda work: start_registration(work, ticket))
    added = await add_passkey(writing, VISITOR, device.create(options), "Phone", ticket)
    assert added.session is not None
    assert (added.session.actor.id, len(added.recovery_codes or ())) == (SAMS, 10)
    await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)
    # Such a ticket is for the first factor only.
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, VISITOR, lambda work: start_registration(work, ticket))
    assert problems(rejection.value) == [("TICKET_INVALID", "input.ticket")]


async def test_the_last_factor_stays_where_one_is_required(writing: MutationContext) -> None:
    await with_passkey(writing)
    await require_second_factor(writing)
    [row] = await rows(writing, "SELECT id FROM passkeys")
    sam = await caller(writing, SAM)
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, sam, lambda work: remove_passkey(work, row.id))
    assert problems(rejection.value) == [("SECOND_FACTOR_REQUIRED", "")]
    await enroll(writing, SAM, sam)
    await run_in_transaction(writing, sam, lambda work: remove_passkey(work, row.id))
    assert (await ticket_for(writing)).methods == [SecondFactorMethod.TOTP, SecondFactorMethod.RECOVERY_CODE]


async def test_a_recent_proof_is_needed_to_add_and_to_remove_one(writing: MutationContext) -> None:
    await with_passkey(writing)
    [row] = await rows(writing, "SELECT id FROM passkeys")
    sam = await caller(writing, SAM)
    options = await run_in_transaction(writing, sam, lambda work: start_registration(work, None))
    await age_proofs(writing)
    for work in (lambda work: start_registration(work, None), lambda work: remove_passkey(work, row.id)):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, sam, work)
        assert problems(rejection.value) == [("REAUTHENTICATION_REQUIRED", "")]
    with pytest.raises(MutationRejected) as rejection:
        await add_passkey(writing, sam, Authenticator(writing.origin).create(options), "Other", None)
    assert problems(rejection.value) == [("REAUTHENTICATION_REQUIRED", "")]


async def test_synchronized_passkeys_have_no_counter(writing: MutationContext) -> None:
    device = await with_passkey(writing, step=0)
    for _ in range(2):
        await sign_in_with_passkey(writing, VISITOR, device.get(await passkey_options(writing)), None)


async def test_passkeys_are_named_and_removed_by_their_user(writing: MutationContext) -> None:
    await with_passkey(writing)
    [row] = await rows(writing, "SELECT id, name FROM passkeys")
    sam, ada = await caller(writing, SAM), await caller(writing, ADA)
    for work in (lambda work: rename_passkey(work, row.id, "Mine"), lambda work: remove_passkey(work, row.id)):
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(writing, ada, work)
        assert problems(rejection.value) == [("NOT_FOUND", "input.id")]
    await run_in_transaction(writing, sam, lambda work: rename_passkey(work, row.id, " Laptop "))
    assert [row.name for row in await rows(writing, "SELECT name FROM passkeys")] == ["Laptop"]
    await run_in_transaction(writing, sam, lambda work: remove_passkey(work, row.id))
    assert await rows(writing, "SELECT 1 FROM passkeys UNION ALL SELECT 1 FROM recovery_codes") == []
    session = await sign_in(writing, VISITOR, SAM, PASSWORD)
    assert session.actor.id == SAMS


async def test_adding_one_ends_the_other_sessions_and_is_mailed(writing: MutationContext) -> None:
    elsewhere, sam = await caller(writing, SAM), await caller(writing, SAM)
    await register_passkey(writing, sam, Authenticator(writing.origin))
    hashes = [row.token_hash for row in await rows(writing, "SELECT token_hash FROM sessions")]
    assert sam.session_hash in hashes
    assert elsewhere.session_hash not in hashes
    [mail] = await rows(writing, "SELECT recipient, values FROM outbox_mails WHERE kind = 'SECOND_FACTORS_CHANGED'")
    assert (mail.recipient, mail.values["change"]) == (SAM, "PASSKEY_ADDED")


async def test_one_is_added_once_and_only_so_many_are(writing: MutationContext) -> None:
    device, sam = await with_passkey(writing), await caller(writing, SAM)
    with pytest.raises(MutationRejected) as rejection:
        await register_passkey(writing, sam, device)
    assert problems(rejection.value) == [("INVALID", "input.credential")]
    for _ in range(MAX_PASSKEYS - 1):
        await register_passkey(writing, sam, Authenticator(writing.origin))
    with pytest.raises(MutationRejected) as rejection:
        await register_passkey(writing, sam, Authenticator(writing.origin))
    assert problems(rejection.value) == [("LIMIT_REACHED", "")]


async def test_a_session_has_few_open_challenges_and_expired_ones_go(writing: MutationContext) -> None:
    sam = await caller(writing, SAM)
    for _ in range(OPEN_CHALLENGES + 2):
        await create_challenge(writing, sam, ChallengePurpose.PROVE, None)
    challenges = "SELECT 1 FROM passkey_challenges WHERE tenant_id = :tenant"
    assert len(await rows(writing, challenges, tenant=named_key(ACME))) == OPEN_CHALLENGES
    await run(writing, "UPDATE passkey_challenges SET expires_at = now()")
    await create_challenge(writing, sam, ChallengePurpose.PROVE, None)
    assert len(await rows(writing, challenges, tenant=named_key(ACME))) == 1
