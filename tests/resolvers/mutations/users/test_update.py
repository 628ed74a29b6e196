"""Changing a user: what is stored, what is refused, that nobody gets more than the admin has."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.demo.fixed_ids import named_key
from authz.model.resources import UserAction
from models import Audience, Permission, User, UserKind
from resolvers.errors import ErrorCode, MutationRejected
from resolvers.mutations.users.lifecycle import remove, resend_activation, restore
from resolvers.mutations.users.update import UserChange, update
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction, unit_of_work
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

ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
DETAILS = {"kind", "first_name", "last_name", "phone", "country"}


async def version(writing: MutationContext, email: str) -> int:
    [user] = await rows(writing, "SELECT version FROM users WHERE email = :email", email=email)
    number: int = user.version
    return number


def to(read: int, **given: Any) -> Change:
    """An update to what is given, by somebody who has read the version `read`."""
    details: Any = {name: value for name, value in given.items() if name in DETAILS}
    access: Any = {name: value for name, value in given.items() if name not in DETAILS}
    return partial(_update, change=UserChange(read, details, access))


async def _update(work: UnitOfWork, user_id: UUID | None, change: UserChange) -> UUID:
    return await update(work, user_id, change)


async def change(writing: MutationContext, admin: str, email: str, **given: Any) -> None:
    who, updating = await caller(writing, admin), to(await version(writing, email), **given)
    await run_in_transaction(writing, who, lambda work: updating(work, named_key(email)))


async def refusal(writing: MutationContext, admin: str, email: str, **given: Any) -> list[tuple[str, str]]:
    found = await refused(writing, admin, to(await version(writing, email), **given), named_key(email))
    return [(problem.code.value, ".".join(problem.path)) for problem in found]


async def granted(writing: MutationContext, email: str) -> set[str]:
    statement = (
        "SELECT permission FROM user_permissions WHERE user_id = :id "
        "UNION ALL SELECT contract_account_id::text FROM contract_grants WHERE user_id = :id "
        "UNION ALL SELECT delivery_account_id::text FROM delivery_grants WHERE user_id = :id"
    )
    return {row[0] for row in await rows(writing, statement, id=named_key(email))}


async def test_what_is_given_takes_the_place_of_what_was(writing: MutationContext) -> None:
    await change(
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


async def test_all_and_a_list_change_places(writing: MutationContext) -> None:
    await change(writing, ADA, SUE, all_contract_accounts=True, contract_accounts=())
    assert await granted(writing, SUE) == {"SITES_SERVICES_VIEW"}
    await change(writing, ADA, SUE, all_contract_accounts=False, contract_accounts=(EAST,))
    assert await granted(writing, SUE) == {"SITES_SERVICES_VIEW", str(EAST)}


async def test_names_can_be_cleared(writing: MutationContext) -> None:
    await change(writing, SAM, SUE, first_name=None, last_name=None)
    [user] = await rows(writing, "SELECT first_name, last_name FROM users WHERE email = :email", email=SUE)
    assert tuple(user) == (None, None)


async def test_what_is_so_already_leaves_no_trace(writing: MutationContext) -> None:
    who, read = await caller(writing, SAM), await version(writing, SUE)
    before = await contents(writing)
    same = to(read, first_name="Sue ", permissions=(), contract_accounts=(SOUTH,), all_contract_accounts=False)
    await run_in_transaction(writing, who, lambda work: to(read)(work, named_key(SUE)))
    await run_in_transaction(writing, who, lambda work: same(work, named_key(SUE)))
    assert await contents(writing) == before


async def test_who_decided_on_what_is_not_so_any_more_is_told(writing: MutationContext) -> None:
    read = await version(writing, SUE)
    await run(writing, "DELETE FROM contract_grants WHERE user_id = :id", id=named_key(SUE))
    [stale] = await refused(writing, ADA, to(read, kind=None, first_name=""), named_key(SUE))
    assert (stale.code, stale.path) == (ErrorCode.STALE, ("input", "version"))


async def test_of_two_who_change_the_same_version_one_is_stale(writing: MutationContext) -> None:
    ada, sam, read = await caller(writing, ADA), await caller(writing, SAM), await version(writing, SUE)
    results = await asyncio.gather(
        run_in_transaction(writing, ada, lambda work: to(read, first_name="One")(work, named_key(SUE))),
        run_in_transaction(writing, sam, lambda work: to(read, first_name="Two")(work, named_key(SUE))),
        return_exceptions=True,
    )
    assert sum(isinstance(result, UUID) for result in results) == 1
    assert [problems(each) for each in results if isinstance(each, MutationRejected)] == [[("STALE", "input.version")]]


async def test_all_problems_come_at_once_each_with_its_place(shared: MutationContext) -> None:
    found = await refusal(
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
    assert found == [
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
    ("admin", "email", "given", "expected"),
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
async def test_a_refusal_says_why_and_changes_nothing(
    shared: MutationContext, admin: str, email: str, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert await refusal(shared, admin, email, **given) == expected


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
async def test_who_has_anything_that_the_admin_lacks_is_left_alone_until_it_ends(
    writing: MutationContext, wider: Any, table: str | None
) -> None:
    await change(writing, ADA, SUE, **wider)
    assert await refusal(writing, SAM, SUE, first_name="Susanne") == [("FORBIDDEN", "input.id")]
    if table is not None:
        ended = f"""UPDATE {table} SET ends_at = now() - interval '1 second'
                    WHERE user_id = :sue AND to_jsonb({table})::text !~ 'SITES_SERVICES_VIEW|{SOUTH}'"""
        await run(writing, ended, sue=named_key(SUE))
        await change(writing, SAM, SUE, first_name="Susanne")


async def test_whom_one_does_not_see_is_nobody(shared: MutationContext) -> None:
    """Unknown, another organization's, out of reach, of the wrong type: one answer, whatever else is wrong."""
    wrong = to(99, first_name="", permissions=None)
    unknown = await refused(shared, SAM, wrong, uuid4())
    assert [problem.code for problem in unknown] == [ErrorCode.NOT_FOUND]
    for user_id in (named_key("max@globex.example"), named_key("eve@acme.example"), None):
        assert await refused(shared, SAM, wrong, user_id) == unknown


async def test_an_admin_may_take_from_themselves_but_not_come_back(writing: MutationContext) -> None:
    await change(writing, SAM, SAM, permissions=(Permission.USER_MANAGEMENT,))
    assert await refusal(writing, SAM, SAM, permissions=(Permission.USER_MANAGEMENT, Permission.SUPPORT_VIEW)) == [
        ("NOT_ASSIGNABLE", "input.permissions.1")
    ]


async def test_what_is_being_taken_from_the_admin_right_now_counts(writing: MutationContext) -> None:
    """The update waits for the other one to be committed, and then sees that the permission is gone."""
    ada, sam, read = await caller(writing, ADA), await caller(writing, SAM), await version(writing, SUE)
    async with unit_of_work(writing, ada) as work:
        await to(await version(writing, SAM), permissions=())(work, named_key(SAM))
        giving = asyncio.create_task(
            run_in_transaction(
                writing, sam, lambda other: to(read, permissions=(Permission.USER_MANAGEMENT,))(other, named_key(SUE))
            )
        )
        assert await is_blocked(writing, giving)
    with pytest.raises(MutationRejected) as late:
        await giving
    assert problems(late.value) == [("NOT_FOUND", "input.id")]


async def test_of_two_admins_who_step_down_at_once_one_stays(writing: MutationContext) -> None:
    ben = "ben@acme.example"
    add = "INSERT INTO user_permissions (user_id, organization_id, permission)"
    await run(writing, f"{add} SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = :who", who=ben)
    both = [(await caller(writing, who), to(await version(writing, who), permissions=()), who) for who in (ADA, ben)]
    (ada, stepping_down, _), (other, also, _) = both
    async with unit_of_work(writing, ada) as work:
        await stepping_down(work, named_key(ADA))
        second = asyncio.create_task(run_in_transaction(writing, other, lambda late: also(late, named_key(ben))))
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as last:
        await second
    assert problems(last.value) == [("LAST_ADMIN", "input.permissions")]


async def test_of_an_admin_who_steps_down_and_one_who_is_removed_one_stays(writing: MutationContext) -> None:
    ben = "ben@acme.example"
    add = "INSERT INTO user_permissions (user_id, organization_id, permission)"
    await run(writing, f"{add} SELECT id, organization_id, 'USER_MANAGEMENT' FROM users WHERE email = :who", who=ben)
    ada, other = await caller(writing, ADA), await caller(writing, ben)
    stepping_down = to(await version(writing, ben), permissions=())
    async with unit_of_work(writing, ada) as work:
        await remove(work, named_key(ADA))
        second = asyncio.create_task(
            run_in_transaction(writing, other, lambda late: stepping_down(late, named_key(ben)))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as last:
        await second
    assert problems(last.value) == [("LAST_ADMIN", "input.permissions")]


class Undone(Exception):
    """Takes back what has just been allowed."""


async def test_viewer_can_is_what_the_mutations_allow(shared: MutationContext) -> None:
    """Every kind of viewer tries everything on everybody; only the rule of the last admin is not in `viewerCan`."""
    users = await rows(shared, "SELECT id, email, version FROM users")
    tried = 0
    for viewer in (ADA, SAM, "dan@pear.example", "ben@acme.example", "staff@portico.example"):
        who = await caller(shared, viewer)
        for user in users:
            done: dict[UserAction, Change] = {
                UserAction.UPDATE: to(user.version, first_name="Changed"),
                UserAction.RESEND_ACTIVATION: resend_activation,
                UserAction.REMOVE: remove,
                UserAction.RESTORE: restore,
            }
            for action, mutation in done.items():
                can, did = await _compared(shared, who, user.id, action, mutation)
                assert can == did, (viewer, action, user.email)
                tried += can
    assert tried > 20


async def _compared(
    shared: MutationContext, who: Any, user_id: UUID, action: UserAction, mutation: Change
) -> tuple[bool, bool]:
    async def attempt(work: UnitOfWork) -> None:
        actor, access = await work.lock_actor()
        row = User.__table__.alias()
        allowed = select(row.c.id).where(row.c.id == user_id, access.may(action, User, row))
        can = (await work.execute_as(actor, allowed)).first() is not None
        try:
            await mutation(work, user_id)
        except MutationRejected as refusal:
            raise Undone(can, [each.code for each in refusal.problems] == [ErrorCode.LAST_ADMIN]) from refusal
        raise Undone(can, True)

    with pytest.raises(Undone) as undone:
        await run_in_transaction(shared, who, attempt)
    can, did = undone.value.args
    return can, did
