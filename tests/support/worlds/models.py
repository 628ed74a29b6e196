"""Whole small worlds as plain values: the ACME/PEAR example, and random ones around it.

`worlds()` is a Hypothesis strategy; `tests/support/worlds/loader.py` stores a world in a database.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from models import AccessKind, Audience, MailStatus, Permission, ServiceStatus, UserKind
from tests.support.worlds.clients import Client, any_client, clients_of
from tests.support.worlds.events import Event, any_event, events_of
from tests.support.worlds.expiry import Grant, some_ends
from tests.support.worlds.requests import AccessRequest, any_request
from tests.support.worlds.reviews import Entry, Review, entries_of, reviews_of

VIEW, ADMIN, BILLING = Permission.SITES_SERVICES_VIEW, Permission.USER_MANAGEMENT, Permission.BILLING_VIEW
EVERY = frozenset(Permission)


class State(StrEnum):
    """The state of a user in their life cycle."""

    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    ACTIVE = "ACTIVE"
    REMOVED = "REMOVED"
    REMOVED_BEFORE_ACTIVATION = "REMOVED_BEFORE_ACTIVATION"


INVITED = (State.PENDING, State.EXPIRED)


@dataclass(frozen=True)
class Organization:
    id: UUID
    name: str


@dataclass(frozen=True)
class Account:
    """A contract account or a delivery account."""

    id: UUID
    organization_id: UUID
    name: str
    vat_number: str | None = None
    billing_email: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Service:
    id: UUID
    organization_id: UUID
    contract_account_id: UUID
    delivery_account_id: UUID
    code: str
    status: ServiceStatus = ServiceStatus.ACTIVE


@dataclass(frozen=True)
class User:
    """A user; staff if `organization_id` is None.

    The user's grants are in force. `ends` says when some of them expire; `ended` are grants that have expired.
    """

    id: UUID
    organization_id: UUID | None
    email: str
    audience: Audience = Audience.ORGANIZATION
    permissions: frozenset[Permission] = frozenset({VIEW})
    all_contract_accounts: bool = False
    all_delivery_accounts: bool = False
    contract_accounts: frozenset[UUID] = frozenset()
    delivery_accounts: frozenset[UUID] = frozenset()
    state: State = State.ACTIVE
    kind: UserKind = UserKind.PERSONAL
    first_name: str | None = None
    mail: MailStatus | None = None
    """The status of the mail with the activation link, for users who have one."""
    ends: tuple[tuple[Grant, datetime], ...] = ()
    ended: frozenset[Grant] = frozenset()
    last_sign_in: datetime | None = None

    @property
    def staff(self) -> bool:
        return self.organization_id is None

    @property
    def activated(self) -> bool:
        return self.state in (State.ACTIVE, State.REMOVED)

    @property
    def status(self) -> str:
        """The user's status in the API."""
        return "REMOVED" if self.removed else self.state.value

    @property
    def removed(self) -> bool:
        return self.state in (State.REMOVED, State.REMOVED_BEFORE_ACTIVATION)


@dataclass(frozen=True)
class World:
    organizations: tuple[Organization, ...]
    contract_accounts: tuple[Account, ...]
    delivery_accounts: tuple[Account, ...]
    services: tuple[Service, ...]
    users: tuple[User, ...]
    events: tuple[Event, ...] = ()
    reviews: tuple[Review, ...] = ()
    entries: tuple[Entry, ...] = ()
    clients: tuple[Client, ...] = ()
    requests: tuple[AccessRequest, ...] = ()

    def user(self, email: str) -> User:
        return next(user for user in self.users if user.email == email)

    def accounts(self, kind: AccessKind) -> tuple[Account, ...]:
        """All accounts of one kind."""
        return self.contract_accounts if kind is AccessKind.CONTRACT_ACCOUNT else self.delivery_accounts

    @property
    def things(self) -> dict[str, tuple[Any, ...]]:
        """All resources, by type."""
        accounts = {"ContractAccount": self.contract_accounts, "DeliveryAccount": self.delivery_accounts}
        others = {"Service": self.services, "User": self.users, "AuditEvent": self.events}
        written = {"AccessReview": self.reviews, "AccessReviewEntry": self.entries, "ApiClient": self.clients}
        written |= {"AccessRequest": self.requests}
        return {"Organization": self.organizations} | accounts | others | written

    def named(self, ids: frozenset[UUID]) -> set[str]:
        """The names, codes and emails of the resources with `ids`."""
        names = {organization.id: organization.name for organization in self.organizations}
        names |= {account.id: account.name for account in (*self.contract_accounts, *self.delivery_accounts)}
        names |= {service.id: service.code for service in self.services}
        names |= {user.id: user.email for user in self.users}
        names |= {event.id: f"{event.kind} {event.id}" for event in self.events}
        names |= {review.id: f"review {review.id}" for review in self.reviews}
        names |= {entry.id: f"entry {entry.id}" for entry in self.entries}
        names |= {client.id: f"client {client.id}" for client in self.clients}
        names |= {request.id: f"request {request.id}" for request in self.requests}
        return {names[each] for each in ids}


def key(number: int) -> UUID:
    """A UUID of version 7 that contains `number` and nothing else."""
    return UUID(int=(0x0190_0000_0000_7000_8000 << 48) | number)


def example() -> World:
    """The ACME/PEAR example, with the demo users, and Globex beside it."""
    acme, globex = Organization(key(1), "ACME Corporation"), Organization(key(2), "Globex")
    south, east, north = (
        Account(key(11 + index), acme.id, name, vat_number="NL001", currency="EUR")
        for index, name in enumerate(("ACME South", "ACME East", "ACME North"))
    )
    pear, own_south, own_north = (
        Account(key(21 + index), acme.id, name) for index, name in enumerate(("PEAR Corp", "ACME South", "ACME North"))
    )
    globex_contract, globex_delivery = Account(key(31), globex.id, "Globex"), Account(key(41), globex.id, "PEAR Corp")
    ties = [(south, pear), (south, pear), (south, own_south), (east, pear), (east, pear), (north, own_north)]
    services = [
        Service(key(51 + index), acme.id, contract.id, delivery.id, f"SVC-{index + 1:06}")
        for index, (contract, delivery) in enumerate(ties)
    ]
    services.append(Service(key(61), globex.id, globex_contract.id, globex_delivery.id, "SVC-000001"))
    admin, delivery = frozenset({VIEW, Permission.SUPPORT_VIEW, ADMIN}), Audience.DELIVERY
    to_pear, at_south = frozenset({pear.id}), frozenset({south.id})
    pia = User(key(77), acme.id, "pia@pear.example", delivery, contract_accounts=at_south, delivery_accounts=to_pear)
    people = (
        User(key(71), None, "staff@portico.example"),
        User(key(72), acme.id, "ada@acme.example", permissions=EVERY, all_contract_accounts=True,
             all_delivery_accounts=True),
        User(key(73), acme.id, "sam@acme.example", permissions=admin, contract_accounts=at_south),
        User(key(74), acme.id, "ben@acme.example", permissions=frozenset({VIEW, BILLING}), all_contract_accounts=True),
        User(key(75), acme.id, "sue@acme.example", contract_accounts=at_south),
        User(key(76), acme.id, "dan@pear.example", delivery, admin, True, delivery_accounts=to_pear),
        pia,
        replace(pia, id=key(78), email="noc@pear.example", contract_accounts=frozenset({east.id}), kind=UserKind.GROUP),
        User(key(79), acme.id, "pat@acme.example", contract_accounts=at_south, state=State.PENDING,
             mail=MailStatus.QUEUED),
        User(key(80), acme.id, "eve@acme.example", contract_accounts=at_south, state=State.EXPIRED,
             mail=MailStatus.FAILED),
        User(key(81), acme.id, "rob@acme.example", contract_accounts=at_south, state=State.REMOVED),
        User(key(82), globex.id, "max@globex.example", permissions=EVERY, all_contract_accounts=True,
             all_delivery_accounts=True),
    )  # fmt: skip
    # Of a user, of an account, of nobody, of somebody who is not there, and of a user of another organization.
    named = (people[4].id, south.id, None, key(90), people[-1].id)
    reviews = reviews_of((acme, globex), map(key, count(111)))
    return World(
        (acme, globex),
        (south, east, north, globex_contract),
        (pear, own_south, own_north, globex_delivery),
        tuple(services),
        people,
        events_of([key(91 + index) for index in range(len(named))], acme.id, named),
        reviews,
        entries_of(reviews, people, map(key, count(121))),
        clients_of(list(people), map(key, count(151))),
    )


SIGN_INS = (None, *(datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)))
"""When users of random worlds last signed in."""

ACTIVATED = datetime(2026, 1, 15, tzinfo=UTC)
"""When those activated who have: after the first of these sign-ins, because they were restored since."""

PERMISSIONS = (
    frozenset[Permission](),
    frozenset({VIEW}),
    frozenset({VIEW, BILLING}),
    frozenset({ADMIN}),
    frozenset({VIEW, ADMIN}),
    frozenset({VIEW, ADMIN, Permission.SUPPORT_VIEW}),
    frozenset({VIEW, Permission.DEVELOPER_PORTAL}),
    frozenset({VIEW, ADMIN, Permission.DEVELOPER_PORTAL}),
    EVERY,
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Generates the example with up to two more organizations: similar names, empty lists, and users in every state."""
    numbers = iter(range(1000, 100_000))
    parts = [example()]
    parts += [_organization(draw, lambda: key(next(numbers))) for _ in range(draw(st.integers(1, 2)))]
    staff = User(key(999), None, "second@portico.example", state=draw(st.sampled_from(State)))
    world = World(
        tuple(each for part in parts for each in part.organizations),
        tuple(each for part in parts for each in part.contract_accounts),
        tuple(each for part in parts for each in part.delivery_accounts),
        tuple(each for part in parts for each in part.services),
        tuple(
            replace(user, last_sign_in=draw(st.sampled_from(SIGN_INS)))
            for user in (*(each for part in parts for each in part.users), staff)
        ),
    )
    members = [user for user in world.users if user.organization_id]
    developers = [user for user in members if Permission.DEVELOPER_PORTAL in user.permissions]
    owners = draw(st.lists(st.sampled_from(members + developers * 3), min_size=1, max_size=5))
    reviews = reviews_of(world.organizations, map(key, count(200_001)))
    return replace(
        world,
        events=tuple(any_event(draw, key(100_001 + n), world) for n in range(draw(st.integers(3, 12)))),
        reviews=reviews,
        entries=entries_of(reviews, world.users, map(key, count(300_001))),
        clients=tuple(any_client(draw, key(400_001 + n), owner) for n, owner in enumerate(owners)),
        requests=tuple(
            any_request(draw, key(500_001 + n), user, world.accounts)
            for n, user in enumerate(draw(st.lists(st.sampled_from(members), max_size=6)))
        ),
    )


def _organization(draw: st.DrawFn, new: Any) -> World:
    organization = Organization(new(), draw(st.sampled_from(["ACME Corporation", "Hooli"])))
    names = st.sampled_from(["PEAR Corp", "ACME South", "Hooli"])
    text = st.sampled_from([None, "EUR"])

    def accounts() -> tuple[Account, ...]:
        count = draw(st.integers(0, 3))
        return tuple(Account(new(), organization.id, draw(names), currency=draw(text)) for _ in range(count))

    contract_accounts, delivery_accounts = accounts(), accounts()
    services: list[Service] = []
    if contract_accounts and delivery_accounts:
        ends = st.tuples(st.sampled_from(contract_accounts), st.sampled_from(delivery_accounts))
        for number, (contract, delivery) in enumerate(draw(st.lists(ends, max_size=4))):
            services.append(
                Service(new(), organization.id, contract.id, delivery.id, f"SVC-{number + 1:06}",
                        draw(st.sampled_from(ServiceStatus)))
            )  # fmt: skip
    users = tuple(
        _user(draw, new(), organization.id, contract_accounts, delivery_accounts)
        for _ in range(draw(st.integers(1, 4)))
    )
    return World((organization,), contract_accounts, delivery_accounts, tuple(services), users)


def _user(
    draw: st.DrawFn, id: UUID, organization_id: UUID, contracts: tuple[Account, ...], deliveries: tuple[Account, ...]
) -> User:
    audience, state = draw(st.sampled_from(Audience)), draw(st.sampled_from(State))
    mail = draw(st.sampled_from([None, *MailStatus])) if state in INVITED else None
    given = User(
        id,
        organization_id,
        f"{id.hex}@users.example",
        audience,
        draw(st.sampled_from(PERMISSIONS)),
        draw(st.booleans()),
        audience is Audience.ORGANIZATION and draw(st.booleans()),
        _some(draw, contracts),
        _some(draw, deliveries),
        state,
        draw(st.sampled_from(UserKind)),
        draw(st.sampled_from([None, "Ada"])),
        mail,
    )
    ends, ended = draw(some_ends(given, [account.id for account in (*contracts, *deliveries)]))
    return replace(given, ends=ends, ended=ended)


def _some(draw: st.DrawFn, accounts: tuple[Account, ...]) -> frozenset[UUID]:
    return frozenset(draw(st.sets(st.sampled_from([account.id for account in accounts])))) if accounts else frozenset()
