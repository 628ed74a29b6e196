"""Inviting users by their emails alone: one or many, all or as many as possible, in earnest or only to see."""

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
from resolvers.transaction.unit_of_work import MutationContext
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

ALL, MANY = InviteMode.ALL_OR_NOTHING, InviteMode.AS_MANY_AS_POSSIBLE
INVITED, WOULD_BE, NOT_INVITED, REFUSED = InvitationState
DRY = {INVITED: WOULD_BE}


def wanted(*emails: str, mode: InviteMode = ALL, dry_run: bool = False, **access: Any) -> Invitations:
    """Invitations that every admin of the organization may send, with `access` in place of the usual."""
    given_access = {"audience": Audience.ORGANIZATION, "contract_accounts": (SOUTH,)} | access
    return Invitations(emails, AccountAccess(**given_access), mode, dry_run)


async def invite(writing: MutationContext, admin: str, what: Invitations) -> InvitationOutcome:
    return await invite_users(writing, await caller(writing, admin), what)


def states(outcome: InvitationOutcome) -> list[InvitationState]:
    return [row.state for row in outcome.rows]


def problems(outcome: InvitationOutcome) -> list[tuple[str, str]]:
    return [(problem.code.value, ".".join(problem.path)) for problem in outcome.problems]


async def unchanged(writing: MutationContext, admin: str, what: Invitations) -> InvitationOutcome:
    """What `admin` is told; nothing may have been changed by it."""
    who = await caller(writing, admin)
    before = await contents(writing)
    outcome = await invite_users(writing, who, what)
    assert await contents(writing) == before
    return outcome


async def test_each_is_pending_with_what_was_given_and_gets_a_link(writing: MutationContext) -> None:
    emails = ("zoe@new.example", "abe@new.example", "mia@new.example")
    outcome = await invite(
        writing,
        "ada@acme.example",
        wanted(
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
        assert sorted(each[0] for each in granted) == sorted(expected)
        [token] = await rows(
            writing, "SELECT *, expires_at - created_at AS lasts FROM one_time_tokens WHERE user_id = :id", id=user.id
        )
        assert token.token_hash == token_hash(derive_token(SECRET_KEY, TokenPurpose.ACTIVATION, token.id))
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


async def test_one_that_is_refused_stops_all(shared: MutationContext) -> None:
    outcome = await unchanged(shared, "sam@acme.example", wanted(*MIXED))
    assert problems(outcome) == OF_MIXED
    assert states(outcome) == [NOT_INVITED, REFUSED, REFUSED, REFUSED, NOT_INVITED, REFUSED]


async def test_or_leaves_the_others_alone(writing: MutationContext) -> None:
    before = await contents(writing)
    outcome = await invite(writing, "sam@acme.example", wanted(*MIXED, mode=MANY))
    assert outcome.problems == ()
    assert states(outcome) == [INVITED, REFUSED, REFUSED, REFUSED, INVITED, REFUSED]
    of_rows = [(each.code.value, ".".join(each.path)) for row in outcome.rows for each in row.problems]
    assert of_rows == OF_MIXED
    assert (outcome.count(INVITED), outcome.count(REFUSED)) == (2, 4)
    after = await contents(writing)
    more = {table: len(rows) - len(before[table]) for table, rows in after.items() if rows != before[table]}
    assert more == {
        "users": 2, "user_permissions": 2, "contract_grants": 2,
        "one_time_tokens": 2, "outbox_mails": 2, "audit_events": 2, "sessions": 1,
    }  # fmt: skip


@pytest.mark.parametrize("email", ["ben@acme.example", "pia@pear.example", "staff@portico.example"])
async def test_who_manages_no_users_is_told_only_that(shared: MutationContext, email: str) -> None:
    outcome = await unchanged(shared, email, wanted("ada@acme.example", contract_accounts=(None,)))
    assert (problems(outcome), outcome.rows) == ([("FORBIDDEN", "input")], ())


@pytest.mark.parametrize(("number", "accounts"), [(0, 1), (501, 1), (101, 500)])
async def test_nobody_or_too_many(shared: MutationContext, number: int, accounts: int) -> None:
    emails = [f"n{n}@new.example" for n in range(number)]
    given_accounts = tuple(uuid4() for _ in range(accounts))
    outcome = await unchanged(shared, "ada@acme.example", wanted(*emails, contract_accounts=given_accounts))
    assert (problems(outcome), outcome.rows) == ([("INVALID", "input.emails")], ())


@pytest.mark.parametrize("mode", [ALL, MANY])
async def test_what_is_wrong_with_the_access_stops_all_and_comes_with_all_else(
    shared: MutationContext, mode: InviteMode
) -> None:
    outcome = await unchanged(
        shared,
        "sam@acme.example",
        wanted(
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
async def test_a_limited_admin_invites_nobody_whom_they_would_not_see(shared: MutationContext, dry_run: bool) -> None:
    nothing = wanted("one@new.example", "two@new.example", contract_accounts=(), mode=MANY, dry_run=dry_run)
    outcome = await unchanged(shared, "sam@acme.example", nothing)
    assert problems(outcome) == [("INVALID", "input.contractAccounts")]
    assert states(outcome) == [NOT_INVITED] * 2


async def test_of_two_who_invite_one_email_at_once_one_gets_it(writing: MutationContext) -> None:
    ada, sam = [await caller(writing, f"{who}@acme.example") for who in ("ada", "sam")]
    emails = [f"n{number:02}@new.example" for number in range(20)]
    many = [wanted(*emails, mode=MANY), wanted(*reversed(emails), mode=MANY)] * 2
    creating = [make(writing, ada, new_user(emails[7])), make(writing, sam, new_user(emails[13]))]
    inviting = [invite_users(writing, who, what) for who, what in zip((ada, sam, ada, sam), many, strict=True)]
    outcomes, created = await asyncio.gather(
        asyncio.gather(*inviting), asyncio.gather(*creating, return_exceptions=True)
    )
    invited = [row.email for outcome in outcomes for row in outcome.rows if row.state is INVITED]
    lost = {
        code for each in outcomes for row in each.rows for code, _ in problems(InvitationOutcome(problems=row.problems))
    }
    assert lost == {"EMAIL_TAKEN"}
    assert len(invited) + sum(not isinstance(each, Exception) for each in created) == len(emails)
    recipients = await rows(writing, "SELECT recipient FROM outbox_mails WHERE recipient LIKE 'n__@new.example'")
    assert sorted(row.recipient for row in recipients) == emails


async def test_all_or_nothing_holds_when_somebody_is_quicker(writing: MutationContext) -> None:
    """The email is free when the invitation begins, and is taken while it waits for the one who takes it."""
    async with writing.engine.connect() as other:
        await other.exec_driver_sql(
            "INSERT INTO users (id, organization_id, email) VALUES (gen_random_uuid(), $1, 'two@new.example')",
            (named_key(ACME),),
        )
        what = wanted("one@new.example", "two@new.example", "three@new.example")
        inviting = asyncio.create_task(invite(writing, "ada@acme.example", what))
        assert await is_blocked(writing, inviting)
        await other.commit()
    outcome = await inviting
    assert states(outcome) == [NOT_INVITED, REFUSED, NOT_INVITED]
    assert problems(outcome) == [("EMAIL_TAKEN", "input.emails.1")]
    assert await rows(writing, "SELECT 1 FROM users WHERE email IN ('one@new.example', 'three@new.example')") == []


# Numbers enough that most are free, however many the examples before have taken.
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
    """What became of the emails of all examples: where all were refused, nothing would be proved."""
    counted: Counter[InvitationState] = Counter()
    yield counted
    assert {INVITED, NOT_INVITED, REFUSED} <= set(counted)


Case = tuple[str, list[str], InviteMode, dict[str, Any]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    case=st.tuples(
        st.sampled_from(["ada@acme.example", "sam@acme.example", "dan@pear.example"]),
        st.lists(EMAILS, min_size=1, max_size=4),
        st.sampled_from(InviteMode),
        ACCESSES,
    )
)
async def test_a_dry_run_says_what_the_real_one_does_and_changes_nothing(
    writing: MutationContext, seen: Counter[InvitationState], case: Case
) -> None:
    admin, emails, mode, access = case
    real = wanted(*emails, mode=mode, **access)
    said = await unchanged(writing, admin, replace(real, dry_run=True))
    done = await invite(writing, admin, real)
    assert [DRY.get(row.state, row.state) for row in done.rows] == states(said)
    assert [row.problems for row in done.rows] == [row.problems for row in said.rows]
    assert done.problems == said.problems
    assert all(row.user_id is None for row in said.rows)
    assert (INVITED in states(done)) == (WOULD_BE in states(said))
    seen.update(states(done))


async def test_the_question_for_an_email_costs_the_same_however_it_is_asked(writing: MutationContext) -> None:
    few = replace(writing, limits=RateLimiter(Rates(invite_users=RateLimitItemPerHour(10, 1))))
    free = [f"n{number}@new.example" for number in range(20)]
    # Whoever is invited costs nothing.
    for start in (0, 8):
        assert states(await invite(few, "ada@acme.example", wanted(*free[start : start + 8]))) == [INVITED] * 8
    # Two taken ones; then three in a dry run; then three because of a fourth that is taken; that leaves one.
    assert problems(await invite(few, "ada@acme.example", wanted(*free[:2], free[16], mode=MANY))) == []
    await invite(few, "ada@acme.example", wanted(*free[17:20], dry_run=True))
    await invite(few, "ada@acme.example", wanted(*free[17:20], "max@globex.example"))
    assert states(await unchanged(few, "ada@acme.example", wanted(free[17], dry_run=True))) == [WOULD_BE]
    for more in (wanted(free[17]), wanted("max@globex.example", dry_run=True)):
        limited = await unchanged(few, "ada@acme.example", more)
        assert (problems(limited), limited.rows) == ([("RATE_LIMITED", "input.emails")], ())
    assert states(await invite(few, "sam@acme.example", wanted(free[17]))) == [INVITED]


async def test_five_hundred_at_once_twice_looked_at_before(writing: MutationContext) -> None:
    """An import as large as it gets goes through under the usual limits, with most of them users already."""
    emails = [f"n{number}@new.example" for number in range(500)]
    for what in (wanted(*emails, dry_run=True),) * 2:
        assert set(states(await invite(writing, "ada@acme.example", what))) == {WOULD_BE}
    assert set(states(await invite(writing, "ada@acme.example", wanted(*emails)))) == {INVITED}
    again = await invite(writing, "ada@acme.example", wanted(*emails[1:], "last@new.example", mode=MANY))
    assert again.count(INVITED) == 1
    assert again.count(REFUSED) == 499
