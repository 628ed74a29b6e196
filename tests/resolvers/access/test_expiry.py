"""Grants that expire: how they are stored, for how long an admin may assign them; expired grants do not count."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from app.demo.fixed_ids import named_key
from models import Permission
from resolvers.access.account_access import GrantEnd, GrantKind
from resolvers.errors import MutationRejected
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction
from tests.support.resolver_fixtures import (
    EAST,
    GLOBEX_CONTRACT,
    PEAR,
    SOUTH,
    caller,
    changes_of,
    make,
    new_user,
    problems,
    rows,
    run,
)

pytestmark = pytest.mark.invariant("grant_expiry")

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
NORA = "nora@acme.example"
SPRING, SUMMER = datetime(2100, 3, 1, tzinfo=UTC), datetime(2100, 6, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SUPPORT, ADMIN = Permission.SUPPORT_VIEW, Permission.USER_MANAGEMENT

GRANTS = """SELECT permission AS key, ends_at FROM user_permissions WHERE user_id = :id
  UNION ALL SELECT contract_account_id::text, ends_at FROM contract_grants WHERE user_id = :id
  UNION ALL SELECT delivery_account_id::text, ends_at FROM delivery_grants WHERE user_id = :id"""


def contract(account: UUID | None, ends_at: datetime) -> GrantEnd:
    return GrantEnd(GrantKind.CONTRACT_ACCOUNT, account, ends_at)


def delivery(account: UUID, ends_at: datetime) -> GrantEnd:
    return GrantEnd(GrantKind.DELIVERY_ACCOUNT, account, ends_at)


def permission(key: Permission, ends_at: datetime) -> GrantEnd:
    return GrantEnd(GrantKind.PERMISSION, key, ends_at)


async def stored(writing: MutationContext, email: str) -> dict[str, datetime | None]:
    [user] = await rows(writing, "SELECT id FROM users WHERE email = :email", email=email)
    return {row.key: row.ends_at for row in await rows(writing, GRANTS, id=user.id)}


async def until(writing: MutationContext, email: str, table: str, ends_at: datetime) -> None:
    """Sets the end of all of the user's grants of one kind."""
    more = "AND permission <> 'SITES_SERVICES_VIEW'" if table == "user_permissions" else ""
    await run(writing, f"UPDATE {table} SET ends_at = :at WHERE user_id = :id {more}", at=ends_at, id=named_key(email))


async def change(writing: MutationContext, admin: str, email: str, **access: Any) -> None:
    [user] = await rows(writing, "SELECT id, version FROM users WHERE email = :email", email=email)
    sender, user_change = await caller(writing, admin), UserChange(user.version, access=access)  # type: ignore[arg-type]
    await run_in_transaction(writing, sender, partial(_update, user_id=user.id, change=user_change))


async def _update(work: UnitOfWork, user_id: UUID, change: UserChange) -> UUID:
    return await update_user(work, user_id, change)


async def rejection(writing: MutationContext, admin: str, **details: Any) -> list[tuple[str, str]]:
    sender = await caller(writing, admin)
    with pytest.raises(MutationRejected) as rejected:
        await make(writing, sender, new_user(NORA, **details))
    return problems(rejected.value)


async def test_ends_are_stored_changed_kept_and_audited(writing: MutationContext) -> None:
    nora = await make(
        writing,
        await caller(writing, ADA),
        new_user(
            NORA,
            permissions=(SUPPORT, Permission.BILLING_VIEW),
            contract_accounts=(SOUTH, EAST),
            delivery_accounts=(PEAR,),
            permission_ends=(permission(SUPPORT, SPRING),),
            account_ends=(delivery(PEAR, SPRING), contract(EAST, SUMMER)),
        ),
    )
    permissions = {"SITES_SERVICES_VIEW": None, "SUPPORT_VIEW": SPRING, "BILLING_VIEW": None}
    assert await stored(writing, NORA) == {**permissions, str(SOUTH): None, str(EAST): SUMMER, str(PEAR): SPRING}
    [created] = await changes_of(writing, "user.created", nora)
    assert created["permissionEnds"] == [None, [{"permission": "SUPPORT_VIEW", "endsAt": "2100-03-01T00:00:00Z"}]]
    ends = [
        {"account": f"ca_{EAST}", "endsAt": "2100-06-01T00:00:00Z"},
        {"account": f"da_{PEAR}", "endsAt": "2100-03-01T00:00:00Z"},
    ]
    assert created["accountEnds"] == [None, ends]

    # Grants that are not mentioned keep their end while they exist.
    await change(writing, ADA, NORA, contract_accounts=(EAST,), delivery_accounts=())
    assert await stored(writing, NORA) == {**permissions, str(EAST): SUMMER}
    await change(writing, ADA, NORA, account_ends=(contract(EAST, SPRING),), permission_ends=())
    assert await stored(writing, NORA) == {**permissions, "SUPPORT_VIEW": None, str(EAST): SPRING}
    updates = await changes_of(writing, "user.updated", nora)
    assert updates[0]["accountEnds"] == [ends, ends[:1]]
    assert updates[1] == {
        "permissionEnds": [created["permissionEnds"][1], None],
        "accountEnds": [ends[:1], [{"account": f"ca_{EAST}", "endsAt": "2100-03-01T00:00:00Z"}]],
    }


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, [("NOT_ASSIGNABLE", "input.contractAccounts.0")]),
        ({"account_ends": (contract(SOUTH, SPRING + TICK),)}, [("NOT_ASSIGNABLE", "input.accountEnds.0.endsAt")]),
        # Sam has access to PEAR Corp through services of ACME South.
        (
            {"delivery_accounts": (PEAR,), "account_ends": (contract(SOUTH, SPRING),)},
            [("NOT_ASSIGNABLE", "input.deliveryAccounts.0")],
        ),
        (
            {
                "delivery_accounts": (PEAR,),
                "account_ends": (contract(SOUTH, SPRING), delivery(PEAR, SUMMER)),
                "permissions": (SUPPORT, ADMIN),
                "permission_ends": (permission(ADMIN, SUMMER + TICK),),
            },
            [
                ("NOT_ASSIGNABLE", "input.permissions.0"),
                ("NOT_ASSIGNABLE", "input.permissionEnds.0.endsAt"),
                ("NOT_ASSIGNABLE", "input.accountEnds.1.endsAt"),
            ],
        ),
        # The error for an account that Sam does not have at all mentions no time.
        (
            {"contract_accounts": (EAST,), "account_ends": (contract(EAST, SPRING),)},
            [("NOT_ASSIGNABLE", "input.contractAccounts.0")],
        ),
    ],
)
async def test_an_admin_can_not_assign_for_longer_than_they_have(
    writing: MutationContext, details: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    await until(writing, SAM, "contract_grants", SPRING)
    await until(writing, SAM, "user_permissions", SUMMER)
    assert await rejection(writing, SAM, **details) == expected


async def test_the_same_end_is_not_longer(writing: MutationContext) -> None:
    await until(writing, SAM, "contract_grants", SPRING)
    await until(writing, SAM, "user_permissions", SUMMER)
    ends = (delivery(PEAR, SPRING - TICK), contract(SOUTH, SPRING))
    user = new_user(
        NORA,
        delivery_accounts=(PEAR,),
        account_ends=ends,
        permissions=(SUPPORT,),
        permission_ends=(permission(SUPPORT, SUMMER),),
    )
    await make(writing, await caller(writing, SAM), user)
    assert (await stored(writing, NORA))[str(SOUTH)] == SPRING


async def test_the_message_says_until_when(writing: MutationContext) -> None:
    await until(writing, SAM, "contract_grants", SPRING)
    await run(
        writing,
        "INSERT INTO contract_grants (user_id, organization_id, contract_account_id, ends_at) "
        "SELECT user_id, organization_id, :east, :at FROM contract_grants WHERE user_id = :id",
        east=EAST,
        at=SUMMER,
        id=named_key(SAM),
    )
    with pytest.raises(MutationRejected) as rejected:
        await make(writing, await caller(writing, SAM), new_user(NORA, delivery_accounts=(PEAR,)))
    # Sam also has access to PEAR Corp through ACME East, and so for longer.
    assert [problem.message for problem in rejected.value.problems] == [
        f"You have this until {end}, so you can't assign it for longer."
        for end in ("2100-03-01T00:00:00Z", "2100-06-01T00:00:00Z")
    ]


PAST = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("details", "path"),
    [
        ({"account_ends": (contract(SOUTH, PAST),)}, "accountEnds.0.endsAt"),
        ({"account_ends": (contract(SOUTH, SPRING), contract(EAST, SPRING))}, "accountEnds.1.account"),
        ({"account_ends": (contract(GLOBEX_CONTRACT, SPRING),)}, "accountEnds.0.account"),
        ({"account_ends": (contract(None, SPRING),)}, "accountEnds.0.account"),
        ({"account_ends": (delivery(SOUTH, SPRING),)}, "accountEnds.0.account"),
        ({"account_ends": (contract(SOUTH, SPRING), contract(SOUTH, SUMMER))}, "accountEnds.1.account"),
        ({"permission_ends": (permission(SUPPORT, SPRING),)}, "permissionEnds.0.permission"),
        ({"permissions": (SUPPORT,), "permission_ends": (permission(SUPPORT, PAST),)}, "permissionEnds.0.endsAt"),
        (
            {"permissions": (SUPPORT,), "permission_ends": (permission(SUPPORT, SPRING),) * 2},
            "permissionEnds.1.permission",
        ),
        (
            {
                "permissions": (Permission.SITES_SERVICES_VIEW,),
                "permission_ends": (permission(Permission.SITES_SERVICES_VIEW, SPRING),),
            },
            "permissionEnds.0.permission",
        ),
    ],
)
async def test_an_end_belongs_to_a_grant_and_is_in_the_future(
    shared: MutationContext, details: dict[str, Any], path: str
) -> None:
    assert await rejection(shared, ADA, **details) == [("INVALID", f"input.{path}")]


async def test_longer_grants_of_other_admins_stay_and_can_be_shortened(writing: MutationContext) -> None:
    await until(writing, SAM, "contract_grants", SPRING)
    await change(writing, SAM, SUE, permissions=(SUPPORT,))
    assert (await stored(writing, SUE))[str(SOUTH)] is None
    await until(writing, SUE, "contract_grants", SUMMER)
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, SAM, SUE, account_ends=())
    assert problems(rejected.value) == [("NOT_ASSIGNABLE", "input.accountEnds")]
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, SAM, SUE, account_ends=(contract(SOUTH, SUMMER + TICK),), permission_ends=None)
    assert problems(rejected.value) == [
        ("INVALID", "input.permissionEnds"),
        ("NOT_ASSIGNABLE", "input.accountEnds.0.endsAt"),
    ]
    # Longer than Sam has it himself, but shorter than before.
    await change(writing, SAM, SUE, account_ends=(contract(SOUTH, SUMMER - TICK),))
    assert (await stored(writing, SUE))[str(SOUTH)] == SUMMER - TICK


async def test_an_expired_grant_is_granted_anew(writing: MutationContext) -> None:
    await until(writing, SUE, "contract_grants", PAST)
    await run(writing, "UPDATE contract_grants SET created_at = :at WHERE user_id = :id", at=PAST, id=named_key(SUE))
    await change(writing, ADA, SUE, contract_accounts=(SOUTH,))
    [again] = await rows(writing, "SELECT * FROM contract_grants WHERE user_id = :id", id=named_key(SUE))
    assert (again.contract_account_id, again.ends_at) == (SOUTH, None)
    assert again.created_at > PAST
    [event] = await changes_of(writing, "user.updated", named_key(SUE))
    assert event == {"contractAccounts": [[], [f"ca_{SOUTH}"]]}


async def test_an_admin_with_an_end_does_not_count_as_last_admin(writing: MutationContext) -> None:
    ends = (permission(ADMIN, SPRING),)
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, ADA, ADA, permission_ends=ends)
    assert problems(rejected.value) == [("LAST_ADMIN", "input.permissionEnds")]
    ben = "ben@acme.example"
    await change(writing, ADA, ben, permissions=(ADMIN,), permission_ends=ends)
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, ADA, ADA, permission_ends=ends)
    assert problems(rejected.value) == [("LAST_ADMIN", "input.permissionEnds")]
    await change(writing, ADA, ben, permission_ends=())
    await change(writing, ADA, ADA, permission_ends=ends)
    # Once her own permission has expired, Ada is no longer an admin, and sees no other users.
    await until(writing, ADA, "user_permissions", PAST)
    with pytest.raises(MutationRejected) as rejected:
        await change(writing, ADA, SUE, permissions=(SUPPORT,))
    assert problems(rejected.value) == [("NOT_FOUND", "input.id")]
