"""Shared by tests of second factors: an authenticator app, and a user who has set one up."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyotp
import pytest

from app.demo.example_users import PASSWORD
from app.demo.fixed_ids import named_key
from models import ChallengePurpose
from resolvers.callers.caller import Caller
from resolvers.identity.passkeys.registration import add_passkey, start_registration
from resolvers.identity.passkeys.sign_in import create_challenge
from resolvers.identity.sessions import sign_in
from resolvers.identity.sign_in_tickets import NewTicket, SecondFactorNeeded
from resolvers.identity.totp_enrollment import confirm_totp, start_totp
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import SAM, VISITOR
from tests.support.resolver_fixtures import caller, run


@dataclass(frozen=True)
class App:
    """An authenticator app on a phone, and the recovery codes that were shown when it was set up."""

    secret: str
    recovery_codes: Sequence[str] = ()

    def code(self, steps: int = 0) -> str:
        """The code that it shows, or shows so many steps later."""
        return pyotp.TOTP(self.secret).generate_otp(int(time.time()) // 30 + steps)


async def enroll(writing: MutationContext, email: str = SAM, who: Caller | None = None) -> App:
    """Set up an app for a demo user. Its next code is good, too."""
    who = who or await caller(writing, email)
    started = await run_in_transaction(writing, who, lambda work: start_totp(work, None))
    app = App(started.secret)
    confirmed = await confirm_totp(writing, who, started.enrollment, app.code(), None)
    assert confirmed.user_id == named_key(email)
    await forget_codes(writing)
    return App(started.secret, confirmed.recovery_codes or ())


async def forget_codes(writing: MutationContext) -> None:
    """As if no code had been used yet: so that a test need not wait for the next one."""
    await run(writing, "UPDATE totp_factors SET last_step = 0")


async def require_second_factor(writing: MutationContext, email: str = SAM) -> None:
    """Let the organization of a demo user require a second factor."""
    organization = "SELECT organization_id FROM users WHERE email = :email"
    await run(
        writing,
        f"UPDATE organizations SET requires_second_factor = true WHERE id = ({organization})",
        email=email,
    )


async def ticket_for(writing: MutationContext, email: str = SAM, password: str = PASSWORD) -> NewTicket:
    """The ticket that a demo user gets for their password."""
    with pytest.raises(SecondFactorNeeded) as needed:
        await sign_in(writing, VISITOR, email, password)
    return needed.value.ticket


async def age_proofs(writing: MutationContext, interval: str = "11 minutes") -> None:
    """Let everybody's last proof be so long ago."""
    await run(writing, f"UPDATE sessions SET proved_at = now() - interval '{interval}'")


async def register_passkey(writing: MutationContext, who: Caller, device: Authenticator) -> Sequence[str]:
    """Add the passkey of a device for a caller. Returns the recovery codes that they get with their first factor."""
    options = await run_in_transaction(writing, who, lambda work: start_registration(work, None))
    return (await add_passkey(writing, who, device.create(options), "Phone", None)).recovery_codes or ()


async def passkey_options(writing: MutationContext, ticket: str | None = None) -> str:
    """The options of a challenge for a visitor who signs in: with a passkey alone, or after a password."""
    return await create_challenge(writing, VISITOR, ChallengePurpose.SIGN_IN, ticket)


async def with_passkey(writing: MutationContext, email: str = SAM, **given: Any) -> Authenticator:
    """The device of a demo user who has added its passkey."""
    device = Authenticator(writing.origin, **given)
    await register_passkey(writing, await caller(writing, email), device)
    return device
