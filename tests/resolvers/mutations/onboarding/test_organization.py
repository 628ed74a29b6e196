"""Staff create organizations and add to them; nobody else can, or learns anything by trying."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import Permission, ServiceStatus
from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding.contract_account import (
    NewContractAccount,
    contract_account_problems,
    create_contract_account,
)
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount, create_delivery_account
from resolvers.mutations.onboarding.organization import (
    FirstAdmin,
    NewOrganization,
    OnboardedOrganization,
    create_organization,
)
from resolvers.mutations.onboarding.service import NewService, create_service
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction, unit_of_work
from tests.support.resolver_fixtures import (
    GLOBEX_CONTRACT,
    GLOBEX_DELIVERY,
    PEAR,
    SOUTH,
    caller,
    contents,
    is_blocked,
    problems,
    rows,
    run,
)

STAFF = "staff@portico.example"
OWN = named_key(ACME)
INITECH = NewOrganization(
    " Initech ",
    FirstAdmin("peter@initech.example", "Peter", "Gibbons", country="US"),
    (
        NewContractAccount("Initech Holding", "us 12-3456789", "bills@initech.example", "USD"),
        NewContractAccount("Initech Europe"),
    ),
    (NewDeliveryAccount("Initech Europe"),),
)
SERVICE = NewService("SVC-000100", "Internet access", "Utrecht", "NL", SOUTH, PEAR)


async def onboard(writing: MutationContext, new: NewOrganization, email: str = STAFF) -> OnboardedOrganization:
    actor = await caller(writing, email)
    return await run_in_transaction(writing, actor, lambda work: create_organization(work, new))


async def add_service(writing: MutationContext, new: NewService, email: str = STAFF, owner: UUID | None = OWN) -> UUID:
    actor = await caller(writing, email)
    return await run_in_transaction(writing, actor, lambda work: create_service(work, owner, new))


async def test_an_organization_is_created_with_accounts_and_an_unlimited_admin(
    writing: MutationContext,
) -> None:
    onboarded = await onboard(writing, INITECH)
    [organization] = await rows(writing, "SELECT name FROM organizations WHERE id = :id", id=onboarded.organization_id)
    assert organization.name == "Initech"
    accounts = await rows(
        writing,
        "SELECT name, vat_number, billing_email, currency FROM contract_accounts WHERE organization_id = :id "
        "ORDER BY id",
        id=onboarded.organization_id,
    )
    assert [tuple(account) for account in accounts] == [
        ("Initech Holding", "US 12-3456789", "bills@initech.example", "USD"),
        ("Initech Europe", None, None, None),
    ]
    deliveries = "SELECT name FROM delivery_accounts WHERE organization_id = :id"
    assert [row.name for row in await rows(writing, deliveries, id=onboarded.organization_id)] == ["Initech Europe"]
    [admin] = await rows(writing, "SELECT * FROM users WHERE organization_id = :id", id=onboarded.organization_id)
    assert (admin.id, admin.email, admin.audience) == (onboarded.admin_id, "peter@initech.example", "ORGANIZATION")
    assert (admin.all_contract_accounts, admin.all_delivery_accounts, admin.activated_at) == (True, True, None)
    permissions = await rows(
        writing, "SELECT permission FROM user_permissions WHERE user_id = :id", id=onboarded.admin_id
    )
    assert {row.permission for row in permissions} == set(Permission)
    [mail] = await rows(writing, "SELECT kind, recipient, status FROM outbox_mails WHERE user_id = :id", id=admin.id)
    assert tuple(mail) == ("USER_ACTIVATION", "peter@initech.example", "QUEUED")


async def test_the_creation_is_audited_without_billing_details(
    writing: MutationContext,
) -> None:
    onboarded = await onboard(writing, INITECH)
    events = await rows(
        writing,
        "SELECT kind, subject_id, actor_id, changes FROM audit_events WHERE organization_id = :id ORDER BY id",
        id=onboarded.organization_id,
    )
    assert sorted(event.kind for event in events) == [
        "contract_account.created",
        "contract_account.created",
        "delivery_account.created",
        "organization.created",
        "user.created",
    ]
    assert {event.actor_id for event in events} == {named_key(STAFF)}
    by_kind = {event.kind: event for event in events}
    assert by_kind["organization.created"].subject_id == onboarded.organization_id
    assert by_kind["organization.created"].changes == {"name": [None, "Initech"]}
    assert by_kind["user.created"].subject_id == onboarded.admin_id
    holding = next(event for event in events if event.changes.get("name") == [None, "Initech Holding"])
    assert holding.changes["billing"] == [None, ["vatNumber", "billingEmail", "currency"]]
    assert "3456789" not in str([event.changes for event in events])


async def stored(writing: MutationContext) -> dict[str, list[Any]]:
    """All rows except sessions, because each caller has one."""
    return {table: content for table, content in (await contents(writing)).items() if table != "sessions"}


async def test_all_problems_have_paths_and_nothing_is_stored(writing: MutationContext) -> None:
    before = await stored(writing)
    new = NewOrganization(
        "",
        FirstAdmin("ADA@acme.example", " ", "x" * 101, phone="12", country="nl"),
        (NewContractAccount("Fine"), NewContractAccount("x" * 201, "n/a", "NOBODY", "EUX"), NewContractAccount("a\nb")),
        (NewDeliveryAccount("Fine"), NewDeliveryAccount(" \t ")),
    )
    with pytest.raises(MutationRejected) as rejection:
        await onboard(writing, new)
    assert sorted(problems(rejection.value)) == [
        ("INVALID", "input.admin.country"),
        ("INVALID", "input.admin.email"),
        ("INVALID", "input.admin.firstName"),
        ("INVALID", "input.admin.lastName"),
        ("INVALID", "input.admin.phone"),
        ("INVALID", "input.contractAccounts.1.billingEmail"),
        ("INVALID", "input.contractAccounts.1.currency"),
        ("INVALID", "input.contractAccounts.1.name"),
        ("INVALID", "input.contractAccounts.1.vatNumber"),
        ("INVALID", "input.contractAccounts.2.name"),
        ("INVALID", "input.deliveryAccounts.1.name"),
        ("INVALID", "input.name"),
    ]
    taken = replace(INITECH, admin=replace(INITECH.admin, email="rob@acme.example"))
    with pytest.raises(MutationRejected) as rejection:
        await onboard(writing, taken)
    assert problems(rejection.value) == [("EMAIL_TAKEN", "input.admin.email")]
    assert await stored(writing) == before


async def test_of_two_concurrent_organizations_with_the_same_admin_one_is_created(writing: MutationContext) -> None:
    staff = await caller(writing, STAFF)
    async with unit_of_work(writing, staff) as work:
        await create_organization(work, INITECH)
        second = asyncio.create_task(
            run_in_transaction(writing, staff, lambda other: create_organization(other, INITECH))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as late:
        await second
    assert problems(late.value) == [("EMAIL_TAKEN", "input.admin.email")]
    assert len(await rows(writing, "SELECT 1 FROM organizations WHERE name = 'Initech'")) == 1
    assert len(await rows(writing, "SELECT 1 FROM contract_accounts WHERE name = 'Initech Holding'")) == 1


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        ("DE129273398", True),
        ("che-123.456.789 mwst", True),
        (" NL001234567B01 ", True),
        ("IE1234567FA", True),
        ("", False),
        ("n/a", False),
        ("none so far", False),
        ("NL--1234", False),
        ("NL" + "1" * 29, False),
        ("NL\u0661\u0662\u0663\u0664", False),
    ],
)
def test_vat_numbers_are_validated(text: str, is_valid: bool) -> None:
    results = [
        (problem.code.value, problem.path)
        for problem in contract_account_problems(NewContractAccount("A", text), "input")
    ]
    assert results == ([] if is_valid else [("INVALID", ("input", "vatNumber"))])


async def test_a_service_is_created_and_audited(writing: MutationContext) -> None:
    key = await add_service(writing, replace(SERVICE, name=" Internet access ", status=ServiceStatus.PLANNED))
    [service] = await rows(writing, "SELECT * FROM services WHERE id = :id", id=key)
    assert (service.organization_id, service.contract_account_id, service.delivery_account_id) == (OWN, SOUTH, PEAR)
    assert (service.code, service.name, service.status) == ("SVC-000100", "Internet access", "PLANNED")
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE subject_id = :id", id=key)
    assert (event.kind, event.organization_id, event.actor_id) == ("service.created", OWN, named_key(STAFF))
    assert event.changes["contractAccount"] == [None, f"ca_{SOUTH}"]


async def test_the_problems_of_a_service_have_paths(writing: MutationContext) -> None:
    before = await stored(writing)
    foreign = replace(SERVICE, contract_account=GLOBEX_CONTRACT, delivery_account=GLOBEX_DELIVERY)
    nowhere = replace(SERVICE, contract_account=uuid4(), delivery_account=None)
    crossed = replace(SERVICE, contract_account=PEAR, delivery_account=SOUTH)
    for new, expected in (
        (foreign, [("INVALID", "input.contractAccount"), ("INVALID", "input.deliveryAccount")]),
        (nowhere, [("NOT_FOUND", "input.contractAccount"), ("NOT_FOUND", "input.deliveryAccount")]),
        (crossed, [("NOT_FOUND", "input.contractAccount"), ("NOT_FOUND", "input.deliveryAccount")]),
        (replace(SERVICE, code="SVC-000001"), [("CODE_TAKEN", "input.code")]),
        (replace(SERVICE, code="svc 1", city="", country="XX", name="\x00"),
         [("INVALID", f"input.{field}") for field in ("code", "name", "city", "country")]),
    ):  # fmt: skip
        with pytest.raises(MutationRejected) as rejection:
            await add_service(writing, new)
        assert problems(rejection.value) == expected
    assert await stored(writing) == before


async def test_of_two_concurrent_services_with_one_code_one_is_created(writing: MutationContext) -> None:
    staff = await caller(writing, STAFF)
    async with unit_of_work(writing, staff) as work:
        await create_service(work, OWN, SERVICE)
        second = asyncio.create_task(
            run_in_transaction(writing, staff, lambda other: create_service(other, OWN, SERVICE))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as late:
        await second
    assert problems(late.value) == [("CODE_TAKEN", "input.code")]


async def test_the_same_code_is_free_in_another_organization(writing: MutationContext) -> None:
    new = replace(SERVICE, code="SVC-000006", contract_account=GLOBEX_CONTRACT, delivery_account=GLOBEX_DELIVERY)
    await add_service(writing, new, owner=named_key("Globex"))


async def test_only_staff_create_organizations_and_add_to_them(shared: MutationContext) -> None:
    """A caller without permission gets no other problems, whatever is wrong with the input."""
    before = await stored(shared)
    empty = replace(INITECH, name="", admin=replace(INITECH.admin, email="max@globex.example"))
    bad = replace(SERVICE, code="SVC-000001", contract_account=uuid4())
    for email in ("ada@acme.example", "sam@acme.example", "ben@acme.example", "dan@pear.example", "max@globex.example"):
        actor = await caller(shared, email)
        with pytest.raises(MutationRejected) as rejection:
            await run_in_transaction(shared, actor, lambda work: create_organization(work, empty))
        assert problems(rejection.value) == [("FORBIDDEN", "input")]
        expected = "NOT_FOUND" if email.startswith("max") else "FORBIDDEN"
        for mutation in (
            lambda work: create_contract_account(work, OWN, NewContractAccount("")),
            lambda work: create_delivery_account(work, OWN, NewDeliveryAccount("")),
            lambda work: create_service(work, OWN, bad),
        ):
            with pytest.raises(MutationRejected) as rejection:
                await run_in_transaction(shared, actor, mutation)
            assert problems(rejection.value) == [(expected, "input.organization")]
    assert await stored(shared) == before


async def test_a_removed_staff_user_is_rejected(writing: MutationContext) -> None:
    """The actor is read from the database again, not from memory."""
    staff = await caller(writing, STAFF)
    await run(writing, "UPDATE users SET removed_at = now() WHERE email = :email", email=STAFF)
    with pytest.raises(MutationRejected) as rejection:
        await run_in_transaction(writing, staff, lambda work: create_organization(work, INITECH))
    assert problems(rejection.value) == [("UNAUTHENTICATED", "")]
