"""Generates one organization of the large data set as rows, from its seed and number alone."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from unicodedata import normalize
from uuid import UUID

from app.demo import large_names as names
from app.demo.bulk_copy import Row
from app.demo.fixed_ids import EPOCH, key
from models import ServiceStatus

CONTRACT_ACCOUNTS = 20
DELIVERY_ACCOUNTS = 30
SERVICES = 1_000
USERS = 50

ROW_INTERVAL = timedelta(milliseconds=20)
ROWS_RESERVED = 4_096
DELIVERIES_PER_CONTRACT = 8
STATUSES = (ServiceStatus.ACTIVE,) * 17 + (ServiceStatus.PLANNED, ServiceStatus.SUSPENDED, ServiceStatus.TERMINATED)
UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d"})


@dataclass
class Draft:
    """An organization being generated. `now` is the time of the load, on which pending users depend."""

    seed: int
    number: int
    now: datetime
    password_hash: str
    random: Random = field(init=False)
    company: str = field(init=False)
    domain: str = field(init=False)
    id: UUID = field(init=False)
    created_at: datetime = field(init=False)
    _made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.seed}/{self.number}")  # noqa: S311 - must be reproducible
        self.id, self.created_at = self.next_key()
        self.company = company(self.random)
        self.domain = f"{ascii_word(self.company)}-{self.seed}-{self.number}.example"

    def next_key(self) -> tuple[UUID, datetime]:
        """The key of the next row, and the time of its creation."""
        at = (self.number * ROWS_RESERVED + self._made) * ROW_INTERVAL
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
    """Legal entities: the company's name with a region."""
    name, form = draft.company.rsplit(" ", 1) if not draft.company.endswith("o.o.") else (draft.company[:-11], "")
    for region in draft.random.sample(names.REGION, CONTRACT_ACCOUNTS):
        country, currency = draft.random.choice(names.SITE)[1], draft.random.choice(names.CURRENCY)
        vat_number = f"{country}{draft.random.randrange(10**8, 10**9)}"
        email = f"billing.{region.lower()}@{draft.domain}"
        yield (*draft.next_key(), draft.id, f"{name} {region} {form}".strip(), vat_number, email, currency)


def delivery_account_rows(draft: Draft, contract_accounts: list[Row]) -> Iterator[Row]:
    """End customers, and some of the legal entities themselves under the same name."""
    entities = [str(row[3]) for row in contract_accounts[: DELIVERY_ACCOUNTS // 5]]
    for name in entities + [company(draft.random) for _ in range(DELIVERY_ACCOUNTS - len(entities))]:
        yield (*draft.next_key(), draft.id, name)


def service_rows(draft: Draft, contract_accounts: list[Row], delivery_accounts: list[Row]) -> Iterator[Row]:
    """Services; each legal entity delivers to some of the delivery accounts only."""
    choice = draft.random.choice
    deliveries = [row[0] for row in delivery_accounts]
    customers = {row[0]: draft.random.sample(deliveries, DELIVERIES_PER_CONTRACT) for row in contract_accounts}
    contracts = tuple(customers)
    for number in range(1, SERVICES + 1):
        contract = choice(contracts)
        name = choice(names.SERVICE_NAME) + choice(names.SERVICE_SIZE)
        start = (*draft.next_key(), draft.id, contract, choice(customers[contract]), f"SVC-{number:06}", name)
        yield (*start, choice(STATUSES), *choice(names.SITE))
