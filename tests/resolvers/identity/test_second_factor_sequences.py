"""Second factors in any order of steps: nobody who has one, or must have one, gets a session by the password alone, no
code counts twice, and no ticket outlives what ends it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.errors import MutationRejected
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.session_start import SignedIn
from resolvers.identity.sessions import sign_in
from resolvers.identity.sign_in_tickets import NewTicket, SecondFactorNeeded
from resolvers.identity.totp_enrollment import create_recovery_codes, remove_totp
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.depth import examples
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, run
from tests.support.second_factors import App, enroll

pytestmark = pytest.mark.invariant("second_factors")

SAMS = named_key(SAM)


class Sam:
    """Sam, and what should be: the app, the codes that still count or don't any more, the open ticket, and whether a
    second factor is required. A step that can't be taken now does nothing."""

    def __init__(self, writing: MutationContext) -> None:
        self.writing = writing
        self.app: App | None = None
        self.codes: list[str] = []
        self.used: list[str] = []
        self.ticket: str | None = None
        self.is_required = False
        self.steps = 0

    async def enroll(self) -> None:
        self.app = await enroll(self.writing)
        self.codes = list(self.app.recovery_codes) or self.codes
        self.ticket, self.steps = None, 0

    async def remove(self) -> None:
        if self.app and not self.is_required:
            await self.lose(remove_totp, SAM)

    async def reset(self) -> None:
        if self.app:
            await self.lose(lambda work: reset_second_factors(work, SAMS), "ada@acme.example")

    async def lose(self, work: Callable[[UnitOfWork], Awaitable[Any]], who: str) -> None:
        await run_in_transaction(self.writing, await caller(self.writing, who), work)
        self.used += self.codes
        self.app, self.codes, self.ticket = None, [], None

    async def new_codes(self) -> None:
        if self.app:
            self.used += self.codes
            sam = await caller(self.writing, SAM)
            self.codes = list(await run_in_transaction(self.writing, sam, create_recovery_codes))
            self.ticket = None

    async def require(self) -> None:
        self.is_required = not self.is_required
        sql = "UPDATE organizations SET requires_second_factor = :required"
        await run(self.writing, sql, required=self.is_required)

    async def give_password(self) -> None:
        found = await self.by_password()
        assert isinstance(found, NewTicket) == bool(self.app or self.is_required)
        if isinstance(found, NewTicket):
            assert bool(found.methods) == bool(self.app)
            self.ticket = found.token if self.app else None

    async def by_password(self) -> SignedIn | NewTicket:
        try:
            return await sign_in(self.writing, VISITOR, SAM, PASSWORD)
        except SecondFactorNeeded as needed:
            return needed.ticket

    async def give_code(self) -> None:
        if self.app and self.steps < 2:
            await self.give(self.app.code(self.steps), counts=True)
            self.steps += 1

    async def give_recovery_code(self) -> None:
        if self.app and self.codes:
            await self.give(self.codes.pop(), counts=True)

    async def give_used_code(self) -> None:
        for code in self.used[-2:]:
            await self.give(code, counts=False)

    async def give(self, code: str, *, counts: bool) -> None:
        if self.app and self.ticket is None:
            await self.give_password()
        assert await self.signs_in(self.ticket or "", code) == (counts and self.app is not None)
        if counts:
            assert not await self.signs_in(self.ticket or "", code)
            self.used.append(code)
            self.ticket = None

    async def signs_in(self, ticket: str, code: str) -> bool:
        try:
            await complete_sign_in(self.writing, VISITOR, ticket, code)
        except MutationRejected:
            return False
        return True


STEPS = (
    *(Sam.enroll, Sam.remove, Sam.reset, Sam.new_codes, Sam.require, Sam.give_password),
    *(Sam.give_code, Sam.give_code, Sam.give_recovery_code, Sam.give_used_code),
)


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14))
async def test_any_order_of_steps(writing: MutationContext, steps: list[Callable[[Sam], Awaitable[None]]]) -> None:
    await run(writing, "TRUNCATE totp_factors, recovery_codes, sign_in_tickets, sessions, views_as")
    await run(writing, "UPDATE organizations SET requires_second_factor = false")
    # With counts of its own: the limits on attempts have other tests.
    sam = Sam(MutationContext(writing.engine, writing.policy, writing.secret_key, writing.mail_domain))
    for step in steps:
        await step(sam)
