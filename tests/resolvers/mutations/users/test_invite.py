"""Inviting users by their emails alone: one or many, all or as many as possible, for real or as a dry run."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerHour

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import Audience, Permission, TokenPurpose
from resolvers.access.account_access import AccountAccess
from resolvers.identity.hashing import derive_token, token_hash
from resolvers.mutations.users.invite import InvitationOutcome, Invitations, InvitationState, InviteMode, invite_users
from resolvers.rate_limits.limiter import RateLimiter, Rates
from resolvers.transaction.context import MutationContext
from tests.support.depth import THOROUGH, examples
from tests.support.resolver_fixtures import (
    EAST,
    NORTH_OFFICE,
    PEAR,
    SECRET_KEY,
    SOUTH,
    caller,
    contents,
    is_blocked,
    make,
    new_user,
    rows,
)

pytestmark = pytest.mark.invariant("dry_run")

ALL, MANY = InviteMode.ALL_OR_NOTHING, InviteMode.AS_MANY_AS_POSSIBLE
INVITED, WOULD_BE, NOT_INVITED, REFUSED = InvitationState
DRY = {INVITED: WOULD_BE}


def invitations(*emails: str, mode: InviteMode = ALL, dry_run: bool = False, **access: Any) -> Invitations:
    """Invitations that every admin of the organization may send, with `access` instead of the default."""
    values = {"audience": Audience.ORGANIZATION, "contract_accounts": (SOUTH,)} | access
    return Invitations(emails, AccountAccess(**values), mode, dry_run)


async def invite(writing: MutationContext, admin: str, request: Invitations) -> InvitationOutcome:
    return await invite_users(writing, await caller(writing, admin), request)


def states(outcome: InvitationOutcome) -> list[InvitationState]:
    return [row.state for row in outcome.rows]


def problems(outcome: InvitationOutcome) -> list[tuple[str, str]]:
    return [(problem.code.value, ".".join(problem.path)) for problem in outcome.problems]


async def unchanged(writing: MutationContext, admin: str, request: Invitations) -> InvitationOutcome:
    """The outcome for `admin`, which must change nothing."""
    actor = await caller(writing, admin)
    before = await contents(writing)
    outcome = await invite_users(writing, actor, request)
    assert await contents(writing) == before
    return outcome


async def test_each_user_is_pending_with_the_given_access_and_gets_a_link(writing: MutationContext) -> None:
    emails = ("zoe@new.example", "abe@new.example", "mia@new.example")
    outcome = await invite(
        writing,
        "ada@acme.example",
        invitations(
            *emails,
            permissions=(Permission.SUPPORT_VIEW,) * 2,
            contract_accounts=(SOUTH, EAST, SOUTH),
            delivery_accounts=(PEAR,),
        ),
    )
    assert [row.email for row in outcome.rows] == list(emails)
    assert states(outcome) == [INVITED] * 3
    for row in outcome.rows:
        [user] = await rows(writing, "SELECT * FROM users WHERE id = :id", id=row.user_id)
        assert (user.email, user.organization_id, user.kind) == (row.email, named_key(ACME), "PERSONAL")
        assert (user.first_name, user.last_name, user.phone, user.activated_at) == (None, None, None, None)
        granted = await rows(
            writing,
            "SELECT permission FROM user_permissions WHERE user_id = :id "
            "UNION ALL SELECT contract_account_id::text FROM contract_grants WHERE user_id = :id "
            "UNION ALL SELECT delivery_account_id::text FROM delivery_grants WHERE user_id = :id",
            id=row.user_id,
        )
        expected = ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", str(SOUTH), str(EAST), str(PEAR)]
        assert sorted(row[0] for row in granted) == sorted(expected)
        [token] = await rows(
            writing, "SELECT *, expires_at - created_at AS lasts FROM one_time_tokens WHERE user_id = :id", id=user.id
        )
        assert token.token_hash == token_hash(
            derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, token.id, token.tenant_id)
        )
        assert token.lasts.days == 7
        [mail] = await rows(writing, "SELECT * FROM outbox_mails WHERE user_id = :id", id=user.id)
        assert (mail.recipient, mail.one_time_token_id, mail.status) == (row.email, token.id, "QUEUED")
        [event] = await rows(writing, "SELECT * FROM audit_events WHERE subject_id = :id", id=user.id)
        assert (event.kind, event.actor_id) == ("user.invited", named_key("ada@acme.example"))
        assert event.changes["email"] == [None, row.email]
        assert event.changes["contractAccounts"] == [None, sorted([f"ca_{SOUTH}", f"ca_{EAST}"])]


MIXED = ("one@new.example", "max@globex.example", "one@new.example", "no email", "two@new.example", "rob@acme.example")
OF_MIXED = [
    ("EMAIL_TAKEN", "input.emails.1"),
    ("DUPLICATE", "input.emails.2"),
    ("INVALID", "input.emails.3"),
    ("EMAIL_TAKEN", "input.emails.5"),
]


async def test_all_or_nothing_invites_nobody_if_one_email_is_rejected(shared: MutationContext) -> None:
    outcome = await unchanged(shared, "sam@acme.example", invitations(*MIXED))
    assert problems(outcome) == OF_MIXED
    assert states(outcome) == [NOT_INVITED, REFUSED, REFUSED, REFUSED, NOT_INVITED, REFUSED]


async def test_as_many_as_possible_invites_the_others(writing: MutationContext) -> None:
    before = await contents(writing)
    outcome = await invite(writing, "sam@acme.example", invitations(*MIXED, mode=MANY))
    assert outcome.problems == ()
    assert states(outcome) == [INVITED, REFUSED, REFUSED, REFUSED, INVITED, REFUSED]
    of_rows = [(problem.code.value, ".".join(problem.path)) for row in outcome.rows for problem in row.problems]
    assert of_rows == OF_MIXED
    assert (outcome.count(INVITED), outcome.count(REFUSED)) == (2, 4)
    after = await contents(writing)
    more = {table: len(rows) - len(before[table]) for table, rows in after.items() if rows != before[table]}
    assert more == {
        "users": 2, "user_permissions": 2, "contract_grants": 2,
        "one_time_tokens": 2, "outbox_mails": 2, "audit_events": 2, "sessions": 1,
    }  # fmt: skip


@pytest.mark.parametrize("email", ["ben@acme.example", "pia@pear.example", "staff@portico.example"])
async def test_a_caller_who_manages_no_users_gets_no_other_problems(shared: MutationContext, email: str) -> None:
    outcome = await unchanged(shared, email, invitations("ada@acme.example", contract_accounts=(None,)))
    assert (problems(outcome), outcome.rows) == ([("FORBIDDEN", "input")], ())


@pytest.mark.parametrize(("number", "accounts"), [(0, 1), (501, 1), (101, 500)])
async def test_the_number_of_emails_is_limited(shared: MutationContext, number: int, accounts: int) -> None:
    emails = [f"n{n}@new.example" for n in range(number)]
    account_ids = tuple(uuid4() for _ in range(accounts))
    outcome = await unchanged(shared, "ada@acme.example", invitations(*emails, contract_accounts=account_ids))
    assert (problems(outcome), outcome.rows) == ([("INVALID", "input.emails")], ())


@pytest.mark.parametrize("mode", [ALL, MANY])
async def test_problems_of_the_access_prevent_all_invitations(shared: MutationContext, mode: InviteMode) -> None:
    outcome = await unchanged(
        shared,
        "sam@acme.example",
        invitations(
            "one@new.example",
            "sue@acme.example",
            mode=mode,
            permissions=(Permission.BILLING_VIEW,),
            contract_accounts=(EAST, SOUTH),
            delivery_accounts=(NORTH_OFFICE,),
            all_contract_accounts=True,
        ),
    )
    of_access = [
        ("INVALID", "input.contractAccounts"),
        ("NOT_ASSIGNABLE", "input.permissions.0"),
        ("NOT_ASSIGNABLE", "input.allContractAccounts"),
        ("NOT_ASSIGNABLE", "input.contractAccounts.0"),
        ("NOT_ASSIGNABLE", "input.deliveryAccounts.0"),
    ]
    assert problems(outcome) == of_access + ([("EMAIL_TAKEN", "input.emails.1")] if mode is ALL else [])
    assert states(outcome) == [NOT_INVITED, REFUSED]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_limited_admin_cannot_invite_a_user_they_would_not_see(shared: MutationContext, dry_run: bool) -> None:
    nothing = invitations("one@new.example", "two@new.example", contract_accounts=(), mode=MANY, dry_run=dry_run)
    outcome = await unchanged(shared, "sam@acme.example", nothing)
    assert problems(outcome) == [("INVALID", "input.contractAccounts")]
    assert states(outcome) == [NOT_INVITED] * 2


async def test_of_concurrent_invitations_of_one_email_one_succeeds(writing: MutationContext) -> None:
    ada, sam = [await caller(writing, f"{name}@acme.example") for name in ("ada", "sam")]
    emails = [f"n{number:02}@new.example" for number in range(20)]
    many = [invitations(*emails, mode=MANY), invitations(*reversed(emails), mode=MANY)] * 2
    creating = [make(writing, ada, new_user(emails[7])), make(writing, sam, new_user(emails[13]))]
    inviting = [
        invite_users(writing, actor, request) for actor, request in zip((ada, sam, ada, sam), many, strict=True)
    ]
    outcomes, created = await asyncio.gather(
        asyncio.gather(*inviting), asyncio.gather(*creating, return_exceptions=True)
    )
    invited = [row.email for outcome in outcomes for row in outcome.rows if row.state is INVITED]
    lost = {
        code
        for outcome in outcomes
        for row in outcome.rows
        for code, _ in problems(InvitationOutcome(problems=row.problems))
    }
    assert lost == {"EMAIL_TAKEN"}
    assert len(invited) + sum(not isinstance(result, Exception) for result in created) == len(emails)
    recipients = await rows(writing, "SELECT recipient FROM outbox_mails WHERE recipient LIKE 'n__@new.example'")
    assert sorted(row.recipient for row in recipients) == emails


async def test_all_or_nothing_holds_when_an_email_is_taken_meanwhile(writing: MutationContext) -> None:
    """The email is free when the invitation starts, and is taken by another transaction that it waits for."""
    async with writing.engine.connect() as other:
        values = named_key(ACME), uuid4()
        add = "INSERT INTO users (id, organization_id, tenant_id, email) VALUES ($2, $1, $1, 'two@new.example')"
        await other.exec_driver_sql(add, values)
        enter = "INSERT INTO emails (email, tenant_id, user_id) VALUES ('two@new.example', $1, $2)"
        await other.exec_driver_sql(f"{enter} ON CONFLICT DO NOTHING", values)
        request = invitations("one@new.example", "two@new.example", "three@new.example")
        inviting = asyncio.create_task(invite(writing, "ada@acme.example", request))
        assert await is_blocked(writing, inviting)
        await other.commit()
    outcome = await inviting
    assert states(outcome) == [NOT_INVITED, REFUSED, NOT_INVITED]
    assert problems(outcome) == [("EMAIL_TAKEN", "input.emails.1")]
    assert await rows(writing, "SELECT 1 FROM users WHERE email IN ('one@new.example', 'three@new.example')") == []


# Enough numbers that most emails are free, however many the previous examples have taken.
FREE = st.integers(1, 500).map(lambda number: f"n{number}@new.example")
EMAILS = FREE | FREE | st.sampled_from(["ada@acme.example", "max@globex.example", "twice@new.example", "nonsense"])
ACCESSES = st.fixed_dictionaries(
    {},
    optional={
        "audience": st.sampled_from(Audience),
        "permissions": st.sampled_from([(), (Permission.SUPPORT_VIEW,), (Permission.BILLING_VIEW,)]),
        "contract_accounts": st.sampled_from([(), (SOUTH,), (SOUTH, EAST)]),
        "delivery_accounts": st.sampled_from([(), (PEAR,)]),
        "all_contract_accounts": st.just(True),
    },
)


@pytest.fixture
def seen() -> Iterator[Counter[InvitationState]]:
    """The states of all examples' emails. They must vary, or the test would prove nothing."""
    counted: Counter[InvitationState] = Counter()
    yield counted
    assert not THOROUGH or {INVITED, NOT_INVITED, REFUSED} <= set(counted)


Case = tuple[str, list[str], InviteMode, dict[str, Any]]


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    case=st.tuples(
        st.sampled_from(["ada@acme.example", "sam@acme.example", "dan@pear.example"]),
        st.lists(EMAILS, min_size=1, max_size=4),
        st.sampled_from(InviteMode),
        ACCESSES,
    )
)
async def test_a_dry_run_predicts_the_real_run_and_changes_nothing(
    writing: MutationContext, seen: Counter[InvitationState], case: Case
) -> None:
    admin, emails, mode, access = case
    real = invitations(*emails, mode=mode, **access)
    predicted = await unchanged(writing, admin, replace(real, dry_run=True))
    actual = await invite(writing, admin, real)
    assert [DRY.get(row.state, row.state) for row in actual.rows] == states(predicted)
    assert [row.problems for row in actual.rows] == [row.problems for row in predicted.rows]
    assert actual.problems == predicted.problems
    assert all(row.user_id is None for row in predicted.rows)
    assert (INVITED in states(actual)) == (WOULD_BE in states(predicted))
    seen.update(states(actual))


async def test_every_way_to_probe_an_email_costs_the_same(writing: MutationContext) -> None:
    few = replace(writing, limits=RateLimiter(Rates(invite_users=RateLimitItemPerHour(10, 1))))
    free = [f"n{number}@new.example" for number in range(20)]
    # Invited emails cost nothing.
    for start in (0, 8):
        assert states(await invite(few, "ada@acme.example", invitations(*free[start : start + 8]))) == [INVITED] * 8
    # Two taken emails; three in a dry run; three that fail because a fourth is taken. That leaves one.
    assert problems(await invite(few, "ada@acme.example", invitations(*free[:2], free[16], mode=MANY))) == []
    await invite(few, "ada@acme.example", invitations(*free[17:20], dry_run=True))
    await invite(few, "ada@acme.example", invitations(*free[17:20], "max@globex.example"))
    assert states(await unchanged(few, "ada@acme.example", invitations(free[17], dry_run=True))) == [WOULD_BE]
    for request in (invitations(free[17]), invitations("max@globex.example", dry_run=True)):
        limited = await unchanged(few, "ada@acme.example", request)
        assert (problems(limited), limited.rows) == ([("RATE_LIMITED", "input.emails")], ())
    assert states(await invite(few, "sam@acme.example", invitations(free[17]))) == [INVITED]


async def test_malformed_emails_disclose_nothing_and_cost_nothing(writing: MutationContext) -> None:
    few = replace(writing, limits=RateLimiter(Rates(invite_users=RateLimitItemPerHour(1, 1))))
    taken = "max@globex.example"
    request = replace(invitations(taken, taken, mode=MANY, dry_run=True), malformed={0: "No.", 1: "No."})
    for _ in range(2):
        outcome = await unchanged(few, "ada@acme.example", request)
        of_rows = [(problem.code.value, problem.message) for row in outcome.rows for problem in row.problems]
        assert of_rows == [("INVALID", "No.")] * 2
    assert states(await invite(few, "ada@acme.example", invitations(taken, mode=MANY))) == [REFUSED]


async def test_five_hundred_users_are_invited_after_two_dry_runs(writing: MutationContext) -> None:
    """The largest possible import is within the default limits, even when most emails are already users."""
    emails = [f"n{number}@new.example" for number in range(500)]
    for request in (invitations(*emails, dry_run=True),) * 2:
        assert set(states(await invite(writing, "ada@acme.example", request))) == {WOULD_BE}
    assert set(states(await invite(writing, "ada@acme.example", invitations(*emails)))) == {INVITED}
    again = await invite(writing, "ada@acme.example", invitations(*emails[1:], "last@new.example", mode=MANY))
    assert again.count(INVITED) == 1
    assert again.count(REFUSED) == 499
