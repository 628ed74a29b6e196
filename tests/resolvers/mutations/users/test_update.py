"""Updating a user: what is stored, what is rejected, and that nobody gets more access than the admin has."""

import asyncio
from dataclasses import replace
from functools import cache, partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.demo.fixed_ids import named_key
from authz.policy import Policy
from models import Audience, Permission, UserKind
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.users.lifecycle import remove_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import UnitOfWork, run_in_transaction, unit_of_work
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import (
    EAST,
    GLOBEX_CONTRACT,
    NORTH_OFFICE,
    PEAR,
    SOUTH,
    Change,
    caller,
    changes_of,
    contents,
    is_blocked,
    problems,
    refused,
    rows,
    run,
)

pytestmark = pytest.mark.invariant("last_admin")

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
DETAILS = {"kind", "first_name", "last_name", "phone", "country"}


async def version(writing: MutationContext, email: str) -> int:
    [user] = await rows(writing, "SELECT version FROM users WHERE email = :email", email=email)
    number: int = user.version
    return number


def update_to(read: int, **values: Any) -> Change:
    """An update to these values, based on the version `read`."""
    details: Any = {name: value for name, value in values.items() if name in DETAILS}
    access: Any = {name: value for name, value in values.items() if name not in DETAILS}
    return partial(_update, change=UserChange(read, details, access))


async def _update(work: UnitOfWork, user_id: UUID | None, change: UserChange) -> UUID:
    return await update_user(work, user_id, change)


async def run_update(writing: MutationContext, admin: str, email: str, **values: Any) -> None:
    who, updating = await caller(writing, admin), update_to(await version(writing, email), **values)
    await run_in_transaction(writing, who, lambda work: updating(work, named_key(email)))


async def problems_of_update(writing: MutationContext, admin: str, email: str, **values: Any) -> list[tuple[str, str]]:
    result = await refused(writing, admin, update_to(await version(writing, email), **values), named_key(email))
    return [(problem.code.value, ".".join(problem.path)) for problem in result]


MAY_UPDATE = """allow(actor: Member, "update", user: User) if
    may_change(actor, user) and"""
OPEN = MAY_UPDATE.replace("may_change(actor, user)", "manages_users(actor) and\n    sees_user(actor, user)")
"""An admin updates all users whom they see, in part or whole."""


@cache
def open_policy() -> Policy:
    text = POLICY.read_text()
    assert MAY_UPDATE in text
    return Policy(text.replace(MAY_UPDATE, OPEN), "open.polar")


async def test_what_the_admin_does_not_see_stays(writing: MutationContext) -> None:
    writing = replace(writing, policy=open_policy())
    await run_update(writing, ADA, SUE, contract_accounts=(SOUTH, EAST), delivery_accounts=(PEAR, NORTH_OFFICE))
    before = await granted(writing, SUE)
    await run_update(writing, SAM, SUE, first_name="Susan", contract_accounts=(SOUTH,), delivery_accounts=(PEAR,))
    assert await granted(writing, SUE) == before
    expected = [("NOT_ASSIGNABLE", "input.contractAccounts"), ("NOT_ASSIGNABLE", "input.deliveryAccounts")]
    for change in (
        {"permissions": (Permission.SUPPORT_VIEW,)},
        {"contract_accounts": (), "delivery_accounts": (PEAR,)},
        {"delivery_accounts": (PEAR, NORTH_OFFICE)},
    ):
        found = await problems_of_update(writing, SAM, SUE, **change)
        guessed = [("NOT_ASSIGNABLE", "input.deliveryAccounts.1")] if NORTH_OFFICE in sum(change.values(), ()) else []
        assert found == [*guessed, *expected]
    for account in (EAST, uuid4()):
        found = await problems_of_update(writing, SAM, SUE, contract_accounts=(SOUTH, account))
        assert found == [("NOT_ASSIGNABLE", "input.contractAccounts.1"), *expected]
    assert await granted(writing, SUE) == before


async def granted(writing: MutationContext, email: str) -> set[str]:
    statement = (
        "SELECT permission FROM user_permissions WHERE user_id = :id "
        "UNION ALL SELECT contract_account_id::text FROM contract_grants WHERE user_id = :id "
        "UNION ALL SELECT delivery_account_id::text FROM delivery_grants WHERE user_id = :id"
    )
    return {row[0] for row in await rows(writing, statement, id=named_key(email))}


async def test_given_values_replace_stored_ones(writing: MutationContext) -> None:
    await run_update(
        writing,
        ADA,
        SUE,
        kind=UserKind.GROUP,
        first_name="  Susanne ",
        phone=None,
        country="NL",
        audience=Audience.DELIVERY,
        permissions=(Permission.SUPPORT_VIEW,),
        contract_accounts=(EAST, EAST),
        delivery_accounts=(PEAR,),
    )
    [user] = await rows(writing, "SELECT * FROM users WHERE email = :email", email=SUE)
    assert (user.kind, user.first_name, user.last_name) == ("GROUP", "Susanne", "Schäfer")
    assert (user.phone, user.country, user.audience) == (None, "NL", "DELIVERY")
    assert await granted(writing, SUE) == {"SITES_SERVICES_VIEW", "SUPPORT_VIEW", str(EAST), str(PEAR)}
    assert await changes_of(writing, "user.updated", user.id) == [
        {
            "kind": ["PERSONAL", "GROUP"],
            "firstName": ["Sue", "Susanne"],
            "phone": ["+493023125004", None],
            "country": ["DE", "NL"],
            "audience": ["ORGANIZATION", "DELIVERY"],
            "permissions": [["SITES_SERVICES_VIEW"], ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"]],
            "contractAccounts": [[f"ca_{SOUTH}"], [f"ca_{EAST}"]],
            "deliveryAccounts": [[], [f"da_{PEAR}"]],
        }
    ]


async def test_all_accounts_and_a_list_replace_each_other(writing: MutationContext) -> None:
    await run_update(writing, ADA, SUE, all_contract_accounts=True, contract_accounts=())
    assert await granted(writing, SUE) == {"SITES_SERVICES_VIEW"}
    await run_update(writing, ADA, SUE, all_contract_accounts=False, contract_accounts=(EAST,))
    assert await granted(writing, SUE) == {"SITES_SERVICES_VIEW", str(EAST)}


async def test_names_can_be_cleared(writing: MutationContext) -> None:
    await run_update(writing, SAM, SUE, first_name=None, last_name=None)
    [user] = await rows(writing, "SELECT first_name, last_name FROM users WHERE email = :email", email=SUE)
    assert tuple(user) == (None, None)


async def test_an_update_without_changes_writes_nothing(writing: MutationContext) -> None:
    who, read = await caller(writing, SAM), await version(writing, SUE)
    before = await contents(writing)
    same = update_to(read, first_name="Sue ", permissions=(), contract_accounts=(SOUTH,), all_contract_accounts=False)
    await run_in_transaction(writing, who, lambda work: update_to(read)(work, named_key(SUE)))
    await run_in_transaction(writing, who, lambda work: same(work, named_key(SUE)))
    assert await contents(writing) == before


async def test_an_update_of_an_old_version_is_stale(writing: MutationContext) -> None:
    read = await version(writing, SUE)
    await run(writing, "DELETE FROM contract_grants WHERE user_id = :id", id=named_key(SUE))
    [stale] = await refused(writing, ADA, update_to(read, kind=None, first_name=""), named_key(SUE))
    assert (stale.code, stale.path) == (ErrorCode.STALE, ("input", "version"))


async def test_of_two_concurrent_updates_one_is_stale(writing: MutationContext) -> None:
    ada, sam, read = await caller(writing, ADA), await caller(writing, SAM), await version(writing, SUE)
    results = await asyncio.gather(
        run_in_transaction(writing, ada, lambda work: update_to(read, first_name="One")(work, named_key(SUE))),
        run_in_transaction(writing, sam, lambda work: update_to(read, first_name="Two")(work, named_key(SUE))),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert [problems(result) for result in results if isinstance(result, MutationRejected)] == [
        [("STALE", "input.version")]
    ]


async def test_all_problems_are_reported_together_with_their_paths(shared: MutationContext) -> None:
    result = await problems_of_update(
        shared,
        SAM,
        SUE,
        kind=None,
        first_name=" ",
        last_name="x" * 101,
        phone="0201234567",
        country="nl",
        audience=None,
        permissions=(Permission.SUPPORT_VIEW, Permission.BILLING_VIEW),
        all_contract_accounts=True,
        contract_accounts=(SOUTH, EAST),
        all_delivery_accounts=True,
        delivery_accounts=(PEAR, NORTH_OFFICE),
    )
    assert result == [
        ("INVALID", "input.kind"),
        ("INVALID", "input.audience"),
        ("INVALID", "input.firstName"),
        ("INVALID", "input.lastName"),
        ("INVALID", "input.phone"),
        ("INVALID", "input.country"),
        ("INVALID", "input.contractAccounts"),
        ("INVALID", "input.deliveryAccounts"),
        ("NOT_ASSIGNABLE", "input.permissions.1"),
        ("NOT_ASSIGNABLE", "input.allContractAccounts"),
        ("NOT_ASSIGNABLE", "input.allDeliveryAccounts"),
        ("NOT_ASSIGNABLE", "input.contractAccounts.1"),
        ("NOT_ASSIGNABLE", "input.deliveryAccounts.1"),
    ]


@pytest.mark.parametrize(
    ("admin", "email", "values", "expected"),
    [
        (ADA, SUE, {"all_contract_accounts": True}, [("INVALID", "input.contractAccounts")]),
        (ADA, SUE, {"audience": Audience.DELIVERY}, [("INVALID", "input.deliveryAccounts")]),
        (ADA, "pia@pear.example", {"delivery_accounts": ()}, [("INVALID", "input.deliveryAccounts")]),
        (ADA, "pia@pear.example", {"all_delivery_accounts": True}, [("INVALID", "input.allDeliveryAccounts")]),
        (SAM, SUE, {"contract_accounts": ()}, [("INVALID", "input.contractAccounts")]),
        (ADA, SUE, {"contract_accounts": (GLOBEX_CONTRACT,)}, [("NOT_ASSIGNABLE", "input.contractAccounts.0")]),
        (
            "dan@pear.example",
            "pia@pear.example",
            {"audience": Audience.ORGANIZATION},
            [("NOT_ASSIGNABLE", "input.audience")],
        ),
        (SAM, SAM, {"permissions": (Permission.USER_MANAGEMENT, Permission.BILLING_VIEW)},
         [("NOT_ASSIGNABLE", "input.permissions.1")]),
        (ADA, ADA, {"permissions": ()}, [("LAST_ADMIN", "input.permissions")]),
        (ADA, ADA, {"all_contract_accounts": False}, [("LAST_ADMIN", "input.allContractAccounts")]),
        (ADA, ADA, {"audience": Audience.DELIVERY, "all_delivery_accounts": False, "delivery_accounts": (PEAR,)},
         [("LAST_ADMIN", "input.audience")]),
        (SAM, ADA, {"first_name": "Eve"}, [("FORBIDDEN", "input.id")]),
        (SAM, "ben@acme.example", {"permissions": ()}, [("FORBIDDEN", "input.id")]),
        (SUE, SUE, {"first_name": "Susanne"}, [("FORBIDDEN", "input.id")]),
        ("staff@portico.example", SUE, {"first_name": "Susanne"}, [("FORBIDDEN", "input.id")]),
        (ADA, "rob@acme.example", {"first_name": "Bob"}, [("ALREADY_REMOVED", "input.id")]),
    ],
)  # fmt: skip
async def test_a_rejection_has_a_reason_and_changes_nothing(
    shared: MutationContext, admin: str, email: str, values: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert await problems_of_update(shared, admin, email, **values) == expected


WIDER = {
    "user_permissions": "permission <> 'SITES_SERVICES_VIEW'",
    "contract_grants": f"contract_account_id <> '{SOUTH}'",
    "delivery_grants": "true",
}
"""Which grants of Sue are more than Sam has, by table."""


@pytest.mark.parametrize(
    ("wider", "table"),
    [
        ({"permissions": (Permission.BILLING_VIEW,)}, "user_permissions"),
        ({"contract_accounts": (SOUTH, EAST)}, "contract_grants"),
        ({"delivery_accounts": (NORTH_OFFICE,)}, "delivery_grants"),
        ({"all_delivery_accounts": True}, None),
    ],
    ids=["permission", "contract account", "delivery account", "all delivery accounts"],
)
async def test_a_user_with_more_access_than_the_admin_is_protected_until_it_ends(
    writing: MutationContext, wider: Any, table: str | None
) -> None:
    await run_update(writing, ADA, SUE, **wider)
    assert await problems_of_update(writing, SAM, SUE, first_name="Susanne") == [("FORBIDDEN", "input.id")]
    if table is not None:
        ended = f"UPDATE {table} SET ends_at = now() - interval '1 second' WHERE user_id = :sue AND {WIDER[table]}"
        await run(writing, ended, sue=named_key(SUE))
        await run_update(writing, SAM, SUE, first_name="Susanne")


async def test_an_invisible_user_looks_like_an_unknown_one(shared: MutationContext) -> None:
    """Unknown, another organization's, inaccessible, or an id of another type: the same response for any input."""
    wrong = update_to(99, first_name="", permissions=None)
    unknown = await refused(shared, SAM, wrong, uuid4())
    assert [problem.code for problem in unknown] == [ErrorCode.NOT_FOUND]
    for user_id in (named_key("max@globex.example"), named_key("eve@acme.example"), None):
        assert await refused(shared, SAM, wrong, user_id) == unknown


async def test_an_admin_may_reduce_their_own_access_but_not_extend_it(writing: MutationContext) -> None:
    await run_update(writing, SAM, SAM, permissions=(Permission.USER_MANAGEMENT,))
    assert await problems_of_update(
        writing, SAM, SAM, permissions=(Permission.USER_MANAGEMENT, Permission.SUPPORT_VIEW)
    ) == [("NOT_ASSIGNABLE", "input.permissions.1")]


async def test_access_that_is_being_removed_concurrently_is_not_usable(writing: MutationContext) -> None:
    """The update waits for the other one to commit and then sees that the permission has been removed."""
    ada, sam, read = await caller(writing, ADA), await caller(writing, SAM), await version(writing, SUE)
    async with unit_of_work(writing, ada) as work:
        await update_to(await version(writing, SAM), permissions=())(work, named_key(SAM))
        granting = asyncio.create_task(
            run_in_transaction(
                writing,
                sam,
                lambda other: update_to(read, permissions=(Permission.USER_MANAGEMENT,))(other, named_key(SUE)),
            )
        )
        assert await is_blocked(writing, granting)
    with pytest.raises(MutationRejected) as late:
        await granting
    assert problems(late.value) == [("NOT_FOUND", "input.id")]


async def test_of_two_admins_who_step_down_concurrently_one_stays(writing: MutationContext) -> None:
    ben = "ben@acme.example"
    add = "INSERT INTO user_permissions (user_id, organization_id, permission)"
    await run(writing, f"{add} SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = :who", who=ben)
    both = [
        (await caller(writing, who), update_to(await version(writing, who), permissions=()), who) for who in (ADA, ben)
    ]
    (ada, stepping_down, _), (other, also, _) = both
    async with unit_of_work(writing, ada) as work:
        await stepping_down(work, named_key(ADA))
        second = asyncio.create_task(run_in_transaction(writing, other, lambda late: also(late, named_key(ben))))
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as last:
        await second
    assert problems(last.value) == [("LAST_ADMIN", "input.permissions")]


async def test_of_one_admin_stepping_down_and_one_removed_one_stays(writing: MutationContext) -> None:
    ben = "ben@acme.example"
    add = "INSERT INTO user_permissions (user_id, organization_id, permission)"
    await run(writing, f"{add} SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = :who", who=ben)
    ada, other = await caller(writing, ADA), await caller(writing, ben)
    stepping_down = update_to(await version(writing, ben), permissions=())
    async with unit_of_work(writing, ada) as work:
        await remove_user(work, named_key(ADA))
        second = asyncio.create_task(
            run_in_transaction(writing, other, lambda late: stepping_down(late, named_key(ben)))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as last:
        await second
    assert problems(last.value) == [("LAST_ADMIN", "input.permissions")]
