"""Proving again who one is: what counts as a proof, for how long, and that guesses are limited."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from authz.actor import Actor
from resolvers.callers.caller import Caller
from resolvers.errors import MutationRejected
from resolvers.identity.sessions import sign_in
from resolvers.identity.step_up import GivenProof, reauthenticate, require_recent_proof
from resolvers.mutations.api_clients.mutations import create_api_client
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.rate_limits.sign_in_throttle import SignInBackoff
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.passwords import SAM, VISITOR, audited
from tests.support.resolver_fixtures import acting, caller, client_of, problems, rows, token_of
from tests.support.second_factors import age_proofs, enroll

pytestmark = pytest.mark.invariant("recent_proof")

SAMS = named_key(SAM)
OLD = [("REAUTHENTICATION_REQUIRED", "")]


async def asked(writing: MutationContext, who: Caller) -> list[tuple[str, str]]:
    """Whether a mutation asks the caller for a proof, as its problems."""

    async def mutation(work: UnitOfWork) -> Actor:
        actor, _ = await work.lock_actor()
        require_recent_proof(work, actor)
        return actor

    try:
        await run_in_transaction(writing, who, mutation)
    except MutationRejected as rejection:
        return problems(rejection)
    return []


async def refused(writing: MutationContext, who: Caller, proof: GivenProof) -> list[tuple[str, str]]:
    with pytest.raises(MutationRejected) as rejection:
        await reauthenticate(writing, who, proof)
    return problems(rejection.value)


async def test_a_sign_in_is_a_proof_for_a_while(writing: MutationContext) -> None:
    sam = await caller(writing, SAM)
    assert await asked(writing, sam) == []
    await age_proofs(writing, "9 minutes 50 seconds")
    assert await asked(writing, sam) == []
    await age_proofs(writing, "10 minutes 1 second")
    assert await asked(writing, sam) == OLD
    patient = replace(writing, lifetimes=replace(writing.lifetimes, proof=timedelta(minutes=11)))
    assert await asked(patient, sam) == []


async def test_the_password_is_a_proof_for_one_session(writing: MutationContext) -> None:
    sam, elsewhere = await caller(writing, SAM), await caller(writing, SAM)
    await age_proofs(writing)
    until = await reauthenticate(writing, sam, GivenProof(password=PASSWORD))
    [row] = await rows(writing, "SELECT max(proved_at) AS at FROM sessions")
    assert until - row.at == writing.lifetimes.proof
    assert await asked(writing, sam) == []
    assert await asked(writing, elsewhere) == OLD
    [event] = await audited(writing, "session.reauthenticated")
    assert (event.actor_id, event.changes) == (SAMS, {"method": [None, "PASSWORD"]})


async def test_a_user_with_a_second_factor_gives_a_code(writing: MutationContext) -> None:
    app, sam = await enroll(writing), await caller(writing, SAM)
    await age_proofs(writing)
    assert await refused(writing, sam, GivenProof(password=PASSWORD)) == [("INVALID", "input.password")]
    assert await asked(writing, sam) == OLD
    code = app.code()
    await reauthenticate(writing, sam, GivenProof(code=code))
    assert await asked(writing, sam) == []
    assert await refused(writing, sam, GivenProof(code=code)) == [("CODE_INVALID", "input.code")]
    await reauthenticate(writing, sam, GivenProof(code=app.recovery_codes[0]))
    assert len(await rows(writing, "SELECT 1 FROM recovery_codes")) == 9
    [refusal] = await audited(writing, "session.reauthentication_refused")
    assert refusal.subject_id == SAMS


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        (GivenProof(), ("INVALID", "input")),
        (GivenProof(PASSWORD, "123456"), ("INVALID", "input")),
        (GivenProof(code="123456"), ("INVALID", "input.code")),
        (GivenProof(password="wrong"), ("CREDENTIALS_INVALID", "input.password")),
        (GivenProof(password="\ud800"), ("CREDENTIALS_INVALID", "input.password")),
    ],
)
async def test_what_is_no_proof(writing: MutationContext, proof: GivenProof, problem: tuple[str, str]) -> None:
    sam = await caller(writing, SAM)
    await age_proofs(writing)
    assert await refused(writing, sam, proof) == [problem]
    assert await asked(writing, sam) == OLD


async def test_guesses_of_the_password_count_as_failed_sign_ins(writing: MutationContext) -> None:
    sam = await caller(writing, SAM)
    strict = BackoffPolicy(free_attempts=2, decay_interval=900, initial=900)
    limited = replace(writing, limits=RateLimiter(backoff=SignInBackoff(email_and_address=strict)))
    found = [(await refused(limited, sam, GivenProof(password="wrong")))[0][0] for _ in range(3)]
    assert found == ["CREDENTIALS_INVALID"] * 2 + ["RATE_LIMITED"]
    with pytest.raises(MutationRejected):
        await sign_in(limited, sam, SAM, PASSWORD)


async def test_guesses_of_the_code_count_by_user(writing: MutationContext) -> None:
    app, sam = await enroll(writing), await caller(writing, SAM)
    found = [(await refused(writing, sam, GivenProof(code="000000")))[0][0] for _ in range(11)]
    assert found == ["CODE_INVALID"] * 10 + ["RATE_LIMITED"]
    assert await refused(writing, sam, GivenProof(code=app.code())) == [("RATE_LIMITED", "")]


async def test_api_clients_are_never_asked_and_prove_nothing(writing: MutationContext) -> None:
    client = await acting(writing, token_of(await client_of(writing, "ada@acme.example")))
    await age_proofs(writing)
    assert await asked(writing, client) == []
    assert [code for code, _ in await refused(writing, client, GivenProof(password=PASSWORD))] == ["FORBIDDEN"]
    assert [code for code, _ in await refused(writing, VISITOR, GivenProof(password=PASSWORD))] == ["UNAUTHENTICATED"]


async def test_making_an_api_client_asks_for_a_proof(writing: MutationContext) -> None:
    ada = await caller(writing, "ada@acme.example")
    await age_proofs(writing)
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, ada, lambda work: create_api_client(work, "Export", []))
    assert problems(rejection.value) == OLD
    assert await rows(writing, "SELECT 1 FROM api_clients") == []
