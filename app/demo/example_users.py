"""The demo users and their access."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from models import Audience, Permission, UserKind

ACME, GLOBEX = "ACME Corporation", "Globex"
PASSWORD = "portico-demo"  # noqa: S105 - public: printed when the demo starts

VIEW = Permission.SITES_SERVICES_VIEW
ADMIN = Permission.USER_MANAGEMENT
EVERY = tuple(Permission)


class State(Enum):
    """The state of a demo user's login."""

    ACTIVE = auto()
    PENDING = auto()
    EXPIRED = auto()
    REMOVED = auto()


@dataclass(frozen=True)
class DemoUser:
    """A demo user; staff if it has no organization. Accounts are granted by name. `last_sign_in` is how long before the
    data was loaded; None for never."""

    email: str
    about: str
    organization: str
    first_name: str
    last_name: str
    phone: str | None = None
    country: str = "DE"
    permissions: tuple[Permission, ...] = (VIEW,)
    contract_accounts: tuple[str, ...] = ()
    delivery_accounts: tuple[str, ...] = ()
    all_contract_accounts: bool = False
    all_delivery_accounts: bool = False
    audience: Audience = Audience.ORGANIZATION
    kind: UserKind = UserKind.PERSONAL
    state: State = State.ACTIVE
    last_sign_in: timedelta | None = None


USERS = (
    DemoUser(
        "staff@portico.example",
        "staff",
        "",
        "Stella",
        "Fjord",
        "+46846500412",
        "SE",
        permissions=(),
        last_sign_in=timedelta(days=1),
    ),
    DemoUser(
        "ada@acme.example",
        "admin of ACME, all contract and delivery accounts, every permission",
        ACME,
        "Ada",
        "Almeida",
        "+493023125001",
        permissions=EVERY,
        all_contract_accounts=True,
        all_delivery_accounts=True,
        last_sign_in=timedelta(minutes=40),
    ),
    DemoUser(
        "sam@acme.example",
        "admin limited to ACME South",
        ACME,
        "Sam",
        "Süß",
        "+493023125002",
        permissions=(VIEW, Permission.SUPPORT_VIEW, ADMIN),
        contract_accounts=("ACME South",),
        last_sign_in=timedelta(hours=20),
    ),
    DemoUser(
        "ben@acme.example",
        "no admin, all contract accounts, billing details",
        ACME,
        "Ben",
        "Bąk",
        "+442079460003",
        "GB",
        permissions=(VIEW, Permission.BILLING_VIEW),
        all_contract_accounts=True,
        last_sign_in=timedelta(days=3),
    ),
    DemoUser(
        "sue@acme.example",
        "no admin, limited to ACME South",
        ACME,
        "Sue",
        "Schäfer",
        "+493023125004",
        contract_accounts=("ACME South",),
        last_sign_in=timedelta(days=47),
    ),
    DemoUser(
        "dan@pear.example",
        "admin of PEAR Corp's users: all contract accounts, PEAR Corp",
        ACME,
        "Dan",
        "O'Dea",
        "+33199001234",
        "FR",
        permissions=(VIEW, ADMIN),
        all_contract_accounts=True,
        delivery_accounts=("PEAR Corp",),
        audience=Audience.DELIVERY,
        last_sign_in=timedelta(days=6),
    ),
    DemoUser(
        "pia@pear.example",
        "a user of PEAR Corp: ACME South and PEAR Corp",
        ACME,
        "Pia",
        "Pérez",
        "+33199001235",
        "FR",
        contract_accounts=("ACME South",),
        delivery_accounts=("PEAR Corp",),
        audience=Audience.DELIVERY,
    ),
    DemoUser(
        "noc@pear.example",
        "a shared mailbox of PEAR Corp: ACME East and PEAR Corp",
        ACME,
        "Network",
        "Operations",
        None,
        "FR",
        contract_accounts=("ACME East",),
        delivery_accounts=("PEAR Corp",),
        audience=Audience.DELIVERY,
        kind=UserKind.GROUP,
        last_sign_in=timedelta(hours=2),
    ),
    DemoUser(
        "pat@acme.example",
        "pending: the activation email is on its way",
        ACME,
        "Pat",
        "Petit",
        contract_accounts=("ACME South",),
        state=State.PENDING,
    ),
    DemoUser(
        "eve@acme.example",
        "expired: the activation link was never used",
        ACME,
        "Eve",
        "Ek",
        "+46846500410",
        "SE",
        contract_accounts=("ACME East",),
        state=State.EXPIRED,
    ),
    DemoUser(
        "rob@acme.example",
        "removed",
        ACME,
        "Rob",
        "Rossi",
        contract_accounts=("ACME South",),
        state=State.REMOVED,
        last_sign_in=timedelta(days=210),
    ),
    DemoUser(
        "max@globex.example",
        "admin of another organization, Globex, with a PEAR Corp of its own",
        GLOBEX,
        "Max",
        "Møller",
        "+12125550123",
        "US",
        permissions=EVERY,
        all_contract_accounts=True,
        all_delivery_accounts=True,
        last_sign_in=timedelta(days=2),
    ),
)
