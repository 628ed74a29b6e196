"""Generates one organization of the large data set as rows, from its seed and number alone: accounts and services."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from unicodedata import normalize
from uuid import UUID

from app.demo import large_names as names
from app.demo.bulk_copy import Row
from app.demo.fixed_ids import EPOCH, key
from app.demo.organization_shape import SMALL, OrganizationShape
from models import ServiceStatus

ROWS_RESERVED = 4_096
DELIVERIES_PER_CONTRACT = 8
SAMPLED_SERVICES = 1_000
STATUSES = (ServiceStatus.ACTIVE,) * 17 + (ServiceStatus.PLANNED, ServiceStatus.SUSPENDED, ServiceStatus.TERMINATED)
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d"})


@dataclass
class Draft:
    """An organization being generated. `now` is the time of the load, on which pending users depend.

    One of another shape than `SMALL` has the number 0: there is one of each shape.
    """

    seed: int
    number: int
    now: datetime
    password_hash: str
    shape: OrganizationShape = SMALL
    random: Random = field(init=False)
    company: str = field(init=False)
    domain: str = field(init=False)
    id: UUID = field(init=False)
    created_at: datetime = field(init=False)
    sampled_services: list[UUID] = field(default_factory=list, init=False)
    """The first services, which audit events are about."""
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        label = str(self.number) if self.shape is SMALL else f"large-{self.shape.users}"
        self.random = Random(f"{self.seed}/{label}")  # noqa: S311 - must be reproducible
        self.id, self.created_at = self.next_key()
        self.company = company(self.random)
        self.domain = f"{ascii_word(self.company)}-{self.seed}-{label}.example"

    def next_key(self) -> tuple[UUID, datetime]:
        """The key of the next row, and the time of its creation."""
        at = (self.number * ROWS_RESERVED + self._made) * self.shape.interval
        self._made += 1
        bits = self.random.getrandbits(62)
        return key(at // timedelta(milliseconds=1), bits & 0xFFF, bits), EPOCH + at


def company(random: Random) -> str:
    """A company name such as "Northwind Mills AB", one of about 19,000."""
    return " ".join(map(random.choice, (names.COMPANY_FIRST, names.COMPANY_SECOND, names.COMPANY_FORM)))


def ascii_word(text: str) -> str:
    """`text` as part of an email address: "Sp. Åland" becomes "sp-aland"."""
    plain = normalize("NFKD", text.lower().translate(UNDECOMPOSED)).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.replace("'", "")).split())


def contract_account_rows(draft: Draft) -> Iterator[Row]:
    """Legal entities: the company's name with a region, and a number where there are more entities than regions."""
    name, form = draft.company.rsplit(" ", 1) if not draft.company.endswith("o.o.") else (draft.company[:-11], "")
    regions = draft.random.sample(names.REGION, len(names.REGION))
    for number in range(draft.shape.contract_accounts):
        round_, place = divmod(number, len(regions))
        region = f"{regions[place]} {round_ + 1}" if round_ else regions[place]
        country, currency = draft.random.choice(names.SITE)[1], draft.random.choice(names.CURRENCY)
        vat_number = f"{country}{draft.random.randrange(10**8, 10**9)}"
        email = f"billing.{region.lower().replace(' ', '-')}@{draft.domain}"
        yield (*draft.next_key(), draft.id, f"{name} {region} {form}".strip(), vat_number, email, currency)


def delivery_account_rows(draft: Draft, contract_accounts: list[Row]) -> Iterator[Row]:
    """End customers, and some of the legal entities themselves under the same name."""
    count = draft.shape.delivery_accounts
    entities = [str(row[3]) for row in contract_accounts[: count // 5]]
    for name in entities + [company(draft.random) for _ in range(count - len(entities))]:
        yield (*draft.next_key(), draft.id, name)


def service_rows(draft: Draft, contract_accounts: list[Row], delivery_accounts: list[Row]) -> Iterator[Row]:
    """Services; each legal entity delivers to some of the delivery accounts only."""
    choice = draft.random.choice
    deliveries = [row[0] for row in delivery_accounts]
    customers = {row[0]: draft.random.sample(deliveries, DELIVERIES_PER_CONTRACT) for row in contract_accounts}
    contracts = tuple(customers)
    for number in range(1, draft.shape.services + 1):
        contract = choice(contracts)
        name = choice(names.SERVICE_NAME) + choice(names.SERVICE_SIZE)
        row_id, created_at = draft.next_key()
        if number <= SAMPLED_SERVICES:
            draft.sampled_services.append(row_id)
        start = (row_id, created_at, draft.id, contract, choice(customers[contract]), f"SVC-{number:06}", name)
        yield (*start, choice(STATUSES), *choice(names.SITE))
