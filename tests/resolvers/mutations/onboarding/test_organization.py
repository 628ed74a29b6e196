"""Staff bring an organization to the platform and add to it; nobody else does, nor learns anything by trying."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.demo.example_users import ACME
from app.demo.fixed_ids import named_key
from models import Permission, ServiceStatus
from resolvers.errors import MutationRejected
from resolvers.mutations.onboarding import contract_account as contract_account_onboarding
from resolvers.mutations.onboarding import delivery_account as delivery_account_onboarding
from resolvers.mutations.onboarding import organization as organization_onboarding
from resolvers.mutations.onboarding import service as service_onboarding
from resolvers.mutations.onboarding.contract_account import NewContractAccount
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization, Onboarded
from resolvers.mutations.onboarding.service import NewService
from resolvers.transaction.unit_of_work import MutationContext, run_in_transaction, unit_of_work
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


async def onboard(writing: MutationContext, new: NewOrganization, who: str = STAFF) -> Onboarded:
    caller_ = await caller(writing, who)
    return await run_in_transaction(writing, caller_, lambda work: organization_onboarding.create(work, new))


async def add_service(writing: MutationContext, new: NewService, who: str = STAFF, owner: UUID | None = OWN) -> UUID:
    caller_ = await caller(writing, who)
    return await run_in_transaction(writing, caller_, lambda work: service_onboarding.create(work, owner, new))


async def test_an_organization_comes_with_its_accounts_and_an_admin_who_has_everything(
    writing: MutationContext,
) -> None:
    made = await onboard(writing, INITECH)
    [organization] = await rows(writing, "SELECT name FROM organizations WHERE id = :id", id=made.organization_id)
    assert organization.name == "Initech"
    accounts = await rows(
        writing,
        "SELECT name, vat_number, billing_email, currency FROM contract_accounts WHERE organization_id = :id "
        "ORDER BY id",
        id=made.organization_id,
    )
    assert [tuple(account) for account in accounts] == [
        ("Initech Holding", "US 12-3456789", "bills@initech.example", "USD"),
        ("Initech Europe", None, None, None),
    ]
    deliveries = "SELECT name FROM delivery_accounts WHERE organization_id = :id"
    assert [row.name for row in await rows(writing, deliveries, id=made.organization_id)] == ["Initech Europe"]
    [admin] = await rows(writing, "SELECT * FROM users WHERE organization_id = :id", id=made.organization_id)
    assert (admin.id, admin.email, admin.audience) == (made.admin_id, "peter@initech.example", "ORGANIZATION")
    assert (admin.all_contract_accounts, admin.all_delivery_accounts, admin.activated_at) == (True, True, None)
    held = await rows(writing, "SELECT permission FROM user_permissions WHERE user_id = :id", id=made.admin_id)
    assert {row.permission for row in held} == set(Permission)
    [mail] = await rows(writing, "SELECT kind, recipient, status FROM outbox_mails WHERE user_id = :id", id=admin.id)
    assert tuple(mail) == ("USER_ACTIVATION", "peter@initech.example", "QUEUED")


async def test_the_trail_of_the_new_organization_begins_with_it_and_tells_no_billing_details(
    writing: MutationContext,
) -> None:
    made = await onboard(writing, INITECH)
    events = await rows(
        writing,
        "SELECT kind, subject_id, actor_id, changes FROM audit_events WHERE organization_id = :id ORDER BY id",
        id=made.organization_id,
    )
    assert sorted(event.kind for event in events) == [
        "contract_account.created",
        "contract_account.created",
        "delivery_account.created",
        "organization.created",
        "user.created",
    ]
    assert {event.actor_id for event in events} == {named_key(STAFF)}
    told = {event.kind: event for event in events}
    assert told["organization.created"].subject_id == made.organization_id
    assert told["organization.created"].changes == {"name": [None, "Initech"]}
    assert told["user.created"].subject_id == made.admin_id
    holding = next(event for event in events if event.changes.get("name") == [None, "Initech Holding"])
    assert holding.changes["billing"] == [None, ["vatNumber", "billingEmail", "currency"]]
    assert "3456789" not in str([event.changes for event in events])


async def stored(writing: MutationContext) -> dict[str, list[Any]]:
    """What is there, but for the sessions: each caller comes with one."""
    return {table: found for table, found in (await contents(writing)).items() if table != "sessions"}


async def test_all_that_is_wrong_is_told_with_its_place_and_nothing_is_left(writing: MutationContext) -> None:
    before = await stored(writing)
    new = NewOrganization(
        "",
        FirstAdmin("ADA@acme.example", " ", "x" * 101, phone="12", country="nl"),
        (NewContractAccount("Fine"), NewContractAccount("x" * 201, "n/a", "NOBODY", "EUX"), NewContractAccount("a\nb")),
        (NewDeliveryAccount("Fine"), NewDeliveryAccount(" \t ")),
    )
    with pytest.raises(MutationRejected) as refused:
        await onboard(writing, new)
    assert sorted(problems(refused.value)) == [
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
    with pytest.raises(MutationRejected) as refused:
        await onboard(writing, taken)
    assert problems(refused.value) == [("EMAIL_TAKEN", "input.admin.email")]
    assert await stored(writing) == before


async def test_of_two_organizations_with_the_same_admin_one_is_made(writing: MutationContext) -> None:
    staff = await caller(writing, STAFF)
    async with unit_of_work(writing, staff) as work:
        await organization_onboarding.create(work, INITECH)
        second = asyncio.create_task(
            run_in_transaction(writing, staff, lambda other: organization_onboarding.create(other, INITECH))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as late:
        await second
    assert problems(late.value) == [("EMAIL_TAKEN", "input.admin.email")]
    assert len(await rows(writing, "SELECT 1 FROM organizations WHERE name = 'Initech'")) == 1
    assert len(await rows(writing, "SELECT 1 FROM contract_accounts WHERE name = 'Initech Holding'")) == 1


@pytest.mark.parametrize(
    ("text", "fits"),
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
def test_what_is_a_vat_number(text: str, fits: bool) -> None:
    found = [
        (each.code.value, each.path)
        for each in contract_account_onboarding.problems_of(NewContractAccount("A", text), "input")
    ]
    assert found == ([] if fits else [("INVALID", ("input", "vatNumber"))])


async def test_a_service_ties_two_accounts_together_and_is_in_the_trail(writing: MutationContext) -> None:
    key = await add_service(writing, replace(SERVICE, name=" Internet access ", status=ServiceStatus.PLANNED))
    [service] = await rows(writing, "SELECT * FROM services WHERE id = :id", id=key)
    assert (service.organization_id, service.contract_account_id, service.delivery_account_id) == (OWN, SOUTH, PEAR)
    assert (service.code, service.name, service.status) == ("SVC-000100", "Internet access", "PLANNED")
    [event] = await rows(writing, "SELECT * FROM audit_events WHERE subject_id = :id", id=key)
    assert (event.kind, event.organization_id, event.actor_id) == ("service.created", OWN, named_key(STAFF))
    assert event.changes["contractAccount"] == [None, f"ca_{SOUTH}"]


async def test_a_service_that_does_not_fit_is_told_by_its_fields(writing: MutationContext) -> None:
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
        with pytest.raises(MutationRejected) as refused:
            await add_service(writing, new)
        assert problems(refused.value) == expected
    assert await stored(writing) == before


async def test_of_two_services_with_one_code_one_is_made(writing: MutationContext) -> None:
    staff = await caller(writing, STAFF)
    async with unit_of_work(writing, staff) as work:
        await service_onboarding.create(work, OWN, SERVICE)
        second = asyncio.create_task(
            run_in_transaction(writing, staff, lambda other: service_onboarding.create(other, OWN, SERVICE))
        )
        assert await is_blocked(writing, second)
    with pytest.raises(MutationRejected) as late:
        await second
    assert problems(late.value) == [("CODE_TAKEN", "input.code")]


async def test_the_same_code_is_free_in_another_organization(writing: MutationContext) -> None:
    new = replace(SERVICE, code="SVC-000006", contract_account=GLOBEX_CONTRACT, delivery_account=GLOBEX_DELIVERY)
    await add_service(writing, new, owner=named_key("Globex"))


async def test_only_staff_bring_organizations_and_add_to_them(shared: MutationContext) -> None:
    """Whatever is wrong with the input: who may not is told nothing of it."""
    before = await stored(shared)
    empty = replace(INITECH, name="", admin=replace(INITECH.admin, email="max@globex.example"))
    bad = replace(SERVICE, code="SVC-000001", contract_account=uuid4())
    for email in ("ada@acme.example", "sam@acme.example", "ben@acme.example", "dan@pear.example", "max@globex.example"):
        who = await caller(shared, email)
        with pytest.raises(MutationRejected) as refused:
            await run_in_transaction(shared, who, lambda work: organization_onboarding.create(work, empty))
        assert problems(refused.value) == [("FORBIDDEN", "input")]
        expected = "NOT_FOUND" if email.startswith("max") else "FORBIDDEN"
        for add in (
            lambda work: contract_account_onboarding.create(work, OWN, NewContractAccount("")),
            lambda work: delivery_account_onboarding.create(work, OWN, NewDeliveryAccount("")),
            lambda work: service_onboarding.create(work, OWN, bad),
        ):
            with pytest.raises(MutationRejected) as refused:
                await run_in_transaction(shared, who, add)
            assert problems(refused.value) == [(expected, "input.organization")]
    assert await stored(shared) == before


async def test_who_was_staff_a_moment_ago_is_not_any_more(writing: MutationContext) -> None:
    """What counts is what the database says, not what the server remembers."""
    staff = await caller(writing, STAFF)
    await run(writing, "UPDATE users SET removed_at = now() WHERE email = :email", email=STAFF)
    with pytest.raises(MutationRejected) as refused:
        await run_in_transaction(writing, staff, lambda work: organization_onboarding.create(work, INITECH))
    assert problems(refused.value) == [("UNAUTHENTICATED", "")]
