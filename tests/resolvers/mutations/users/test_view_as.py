"""A view belongs to the tenant of the session, whatever the policy says."""

from dataclasses import replace

import pytest

from app.demo.fixed_ids import named_key
from authz.policy import Policy
from resolvers.errors import MutationRejected
from resolvers.mutations.users.view_as import start_view_as
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import caller, problems, rows

pytestmark = pytest.mark.invariant("organization_border")

SEES = 'allow(_: Staff, "view", _: User);\n'
UPDATES = 'allow(_: Staff, "update", _: User);\n'


async def test_nobody_views_as_a_user_of_another_tenant(writing: MutationContext) -> None:
    text = POLICY.read_text()
    assert SEES in text
    writing = replace(writing, policy=Policy(text.replace(SEES, SEES + UPDATES), "edited.polar"))
    staff = await caller(writing, "staff@portico.example")
    with pytest.raises(MutationRejected) as rejected:
        await run_in_transaction(
            writing, staff, lambda work: start_view_as(work, named_key("sue@acme.example"), "Ticket 4711")
        )
    assert problems(rejected.value) == [("FORBIDDEN", "input.id")]
    assert await rows(writing, "SELECT 1 FROM views_as") == []
