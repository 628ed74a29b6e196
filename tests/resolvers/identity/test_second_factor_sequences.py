"""Second factors in any order of steps: nobody who has one, or must have one, gets a session by the password alone, no
code and no signature of a passkey counts twice, no passkey signs in once it is removed, and no ticket outlives what
ends it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from resolvers.errors import MutationRejected
from resolvers.identity.passkeys.registration import remove_passkey
from resolvers.identity.passkeys.sign_in import sign_in_with_passkey
from resolvers.identity.second_step import complete_sign_in
from resolvers.identity.session_start import SignedIn
from resolvers.identity.sessions import sign_in
from resolvers.identity.sign_in_tickets import NewTicket, SecondFactorNeeded
from resolvers.identity.totp_enrollment import create_recovery_codes, remove_totp
from resolvers.mutations.users.reset_second_factors import reset_second_factors
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.depth import examples
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, rows, run
from tests.support.second_factors import App, enroll, passkey_options, register_passkey

pytestmark = pytest.mark.invariant("second_factors")

SAMS = named_key(SAM)


class Sam:
    """Sam, and what should be: the app, the devices with passkeys and those that have lost theirs, the codes that still
    count or don't any more, the open ticket, and whether a second factor is required. A step that can't be taken now
    does nothing."""

    def __init__(self, writing: MutationContext) -> None:
        self.writing = writing
        self.app: App | None = None
        self.devices: list[Authenticator] = []
        self.lost: list[Authenticator] = []
        self.codes: list[str] = []
        self.used: list[str] = []
        self.ticket: str | None = None
        self.is_required = False
        self.steps = 0

    @property
    def has_any(self) -> bool:
        return self.app is not None or bool(self.devices)

    @property
    def may_lose_one(self) -> bool:
        return not self.is_required or len(self.devices) + (self.app is not None) > 1

    async def enroll(self) -> None:
        self.app = await enroll(self.writing)
        self.codes = list(self.app.recovery_codes) or self.codes
        self.ticket, self.steps = None, 0

    async def add_passkey(self) -> None:
        device = Authenticator(self.writing.origin)
        codes = await register_passkey(self.writing, await caller(self.writing, SAM), device)
        assert bool(codes) == (not self.codes)
        self.devices.append(device)
        self.codes, self.ticket = self.codes or list(codes), None

    async def remove(self) -> None:
        if self.app and self.may_lose_one:
            await self.lose(remove_totp, SAM, app=True)

    async def remove_passkey(self) -> None:
        if self.devices and self.may_lose_one:
            sql, oldest = "SELECT id FROM passkeys WHERE credential_id = :id", self.devices[0]
            [row] = await rows(self.writing, sql, id=oldest.credential_id)
            await self.lose(lambda work: remove_passkey(work, row.id), SAM, devices=1)

    async def reset(self) -> None:
        if self.has_any:
            work = lambda work: reset_second_factors(work, SAMS)  # noqa: E731
            await self.lose(work, "ada@acme.example", app=True, devices=len(self.devices))

    async def lose(
        self, work: Callable[[UnitOfWork], Awaitable[Any]], who: str, *, app: bool = False, devices: int = 0
    ) -> None:
        await run_in_transaction(self.writing, await caller(self.writing, who), work)
        self.app, self.ticket = None if app else self.app, None
        self.lost += self.devices[:devices]
        del self.devices[:devices]
        if not self.has_any:
            self.used += self.codes
            self.codes = []

    async def new_codes(self) -> None:
        if self.has_any:
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
        assert isinstance(found, NewTicket) == (self.has_any or self.is_required)
        if isinstance(found, NewTicket):
            assert bool(found.methods) == self.has_any
            self.ticket = found.token if self.has_any else None

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
        if self.has_any and self.codes:
            await self.give(self.codes.pop(), counts=True)

    async def give_used_code(self) -> None:
        for code in self.used[-2:]:
            await self.give(code, counts=False)

    async def give(self, code: str, *, counts: bool) -> None:
        if self.has_any and self.ticket is None:
            await self.give_password()
        assert await self.signs_in(self.ticket or "", code) == (counts and self.has_any)
        if counts:
            assert not await self.signs_in(self.ticket or "", code)
            self.used.append(code)
            self.ticket = None

    async def use_passkey(self) -> None:
        """As the second factor."""
        if self.devices:
            if self.ticket is None:
                await self.give_password()
            await self.present(self.devices[-1], self.ticket, counts=True)

    async def use_passkey_alone(self) -> None:
        if self.devices:
            await self.present(self.devices[-1], None, counts=True)

    async def use_lost_passkey(self) -> None:
        for device in self.lost[-2:]:
            await self.present(device, None, counts=False)
            if self.ticket:
                await self.present(device, self.ticket, counts=False)

    async def present(self, device: Authenticator, ticket: str | None, *, counts: bool) -> None:
        credential = device.get(await passkey_options(self.writing, ticket))
        # A signature of a challenge for the one is of no use for the other.
        assert not await self.is_accepted(credential, "other" if ticket is None else None)
        credential = device.get(await passkey_options(self.writing, ticket))
        assert await self.is_accepted(credential, ticket) == counts
        if counts:
            self.ticket = None
            assert not await self.is_accepted(credential, ticket)

    async def is_accepted(self, credential: str, ticket: str | None) -> bool:
        try:
            await sign_in_with_passkey(self.writing, VISITOR, credential, ticket)
        except MutationRejected:
            return False
        return True

    async def signs_in(self, ticket: str, code: str) -> bool:
        try:
            await complete_sign_in(self.writing, VISITOR, ticket, code)
        except MutationRejected:
            return False
        return True


STEPS = (
    *(Sam.enroll, Sam.remove, Sam.reset, Sam.new_codes, Sam.require, Sam.give_password),
    *(Sam.give_code, Sam.give_code, Sam.give_recovery_code, Sam.give_used_code),
    *(Sam.add_passkey, Sam.add_passkey, Sam.remove_passkey),
    *(Sam.use_passkey, Sam.use_passkey_alone, Sam.use_lost_passkey),
)


@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=16))
async def test_any_order_of_steps(writing: MutationContext, steps: list[Callable[[Sam], Awaitable[None]]]) -> None:
    await run(
        writing,
        "TRUNCATE totp_factors, passkeys, passkey_challenges, recovery_codes, sign_in_tickets, sessions, views_as",
    )
    await run(writing, "UPDATE organizations SET requires_second_factor = false")
    # With counts of its own: the limits on attempts have other tests.
    sam = Sam(MutationContext(writing.engine, writing.policy, writing.secret_key, writing.mail_domain))
    for step in steps:
        await step(sam)
