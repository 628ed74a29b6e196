"""Every mutation that gives access is a step of the random stories about escalation, and asks for a recent proof.

Which mutations give access is found out by running each: the stories can't forget a new one.
"""

from datetime import datetime
from typing import Any, get_args

import pytest
import pytest_asyncio

from resolvers.errors import ErrorCode, MutationRejected
from resolvers.identity import passwords
from resolvers.transaction.context import MutationContext
from schema.operations import Operations
from tests.support.depth import some
from tests.support.escalation.step import MUTATIONS_OF, Name
from tests.support.mutations.begun import MUTATIONS
from tests.support.resolver_fixtures import loaded_acme, rows
from tests.support.second_factors import age_proofs

pytestmark = [pytest.mark.invariant("no_escalation"), pytest.mark.invariant("recent_proof")]

STEPS = {mutation for mutations in MUTATIONS_OF.values() for mutation in mutations}
BY_SCIM = {name for name in MUTATIONS if name.startswith("SCIM, ")}
"""Steps in `tests/properties/test_no_escalation_by_scim.py`. Tokens are not people, and have no proof."""

GIVES_ANEW = {
    "createOrganization": "staff give a new organization its first admin",
    "activateUser": "what a new user was given takes effect, once they prove that the mailbox is theirs",
    "activateUserWithPasskey": "the same with a passkey",
    "linkIdentity, by an activation link": "the same at a provider",
}
"""Mutations that give access outside of what an admin has, and why that is right."""

WITHOUT_PROOF = {
    "createOrganization": "the organization has nothing that could be stolen",
    "activateUser": "the link is the proof",
    "activateUserWithPasskey": "the link is the proof",
    "linkIdentity, by an activation link": "the link and the provider are the proof",
}

HELD = """
SELECT concat_ws(' ', 'user', id) AS what, NULL::timestamptz AS ends_at FROM users WHERE removed_at IS NULL
UNION ALL SELECT concat_ws(' ', 'active', id), NULL FROM users WHERE removed_at IS NULL AND activated_at IS NOT NULL
UNION ALL SELECT concat_ws(' ', id, 'all contract accounts'), NULL FROM users WHERE all_contract_accounts
UNION ALL SELECT concat_ws(' ', id, 'all delivery accounts'), NULL FROM users WHERE all_delivery_accounts
UNION ALL SELECT concat_ws(' ', user_id, permission), ends_at FROM user_permissions
UNION ALL SELECT concat_ws(' ', user_id, contract_account_id), ends_at FROM contract_grants
UNION ALL SELECT concat_ws(' ', user_id, delivery_account_id), ends_at FROM delivery_grants
UNION ALL SELECT concat_ws(' ', 'client', id), NULL FROM api_clients WHERE revoked_at IS NULL
UNION ALL SELECT concat_ws(' ', 'secret', id), NULL FROM api_client_secrets
UNION ALL SELECT concat_ws(' ', 'token', id), expires_at FROM scim_tokens WHERE revoked_at IS NULL
UNION ALL SELECT concat_ws(' ', 'webhook', id), NULL FROM webhooks
"""
"""Everything by which somebody has access, with its end."""


@pytest_asyncio.fixture
async def writing(demo_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(passwords, "RESPONSE_INTERVAL", 0.001)
    async with loaded_acme(demo_database_url) as world:
        yield world


async def held(writing: MutationContext) -> dict[str, datetime | None]:
    return {row.what: row.ends_at for row in await rows(writing, HELD)}


def given(before: dict[str, datetime | None], after: dict[str, datetime | None]) -> set[str]:
    """What somebody has now, or for longer."""

    def is_more(what: str, ends_at: datetime | None) -> bool:
        if what not in before:
            return True
        had = before[what]
        return had is not None and (ends_at is None or ends_at > had)

    return {what for what, ends_at in after.items() if is_more(what, ends_at)}


async def succeeds(mutation: Any) -> bool:
    """Runs it. Returns False if it asks for a proof."""
    try:
        await mutation()
    except MutationRejected as rejection:
        problems = [(problem.code, problem.path) for problem in rejection.problems]
    else:
        return True
    # No field of the input is to blame.
    assert problems == [(ErrorCode.REAUTHENTICATION_REQUIRED, ())]
    return False


def test_every_deed_says_which_mutations_it_performs() -> None:
    assert set(MUTATIONS_OF) == set(get_args(Name))
    assert STEPS - {"signOffAccessReview, carried out"} <= set(Operations().schema.mutation_type.fields)  # type: ignore[union-attr]


def test_every_mutation_of_access_is_a_step() -> None:
    """Also those that give nothing: names say what they are about."""
    of_access = {
        name
        for name in Operations().schema.mutation_type.fields  # type: ignore[union-attr]
        if name.endswith(("User", "Users", "Access", "AccessRequest", "AccessTemplate", "ViewAs", "Activation"))
        or name.startswith(("decideAccess", "signOffAccess"))
    }
    assert of_access - STEPS == {"activateUser"}


@pytest.mark.matrix
@pytest.mark.parametrize("name", some(MUTATIONS))
async def test_what_gives_access_is_a_step_and_asks_for_a_proof(writing: MutationContext, name: str) -> None:
    mutation = await MUTATIONS[name][0](writing)
    await age_proofs(writing)
    before = await held(writing)
    asked = not await succeeds(mutation)
    more = given(before, await held(writing))
    if asked:
        assert not more
        await age_proofs(writing, "0 seconds")
        assert await succeeds(mutation)
        more = given(before, await held(writing))
    people = {what for what in more if not what.startswith(("client", "secret", "token", "webhook"))}
    assert not people or name in STEPS | BY_SCIM | set(GIVES_ANEW), "make it a step of the stories"
    assert not more or asked or name in BY_SCIM | set(WITHOUT_PROOF), f"it gives {more} without a proof"
