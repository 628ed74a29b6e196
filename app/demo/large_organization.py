"""One organization of the large world, as rows: the same for the same seed and number, whatever else is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from unicodedata import normalize
from uuid import UUID

from app.demo import large_names as words
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
    """An organization in the making. `now` is the moment of the load, which pending users depend on."""

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
        self.random = Random(f"{self.seed}/{self.number}")  # noqa: S311 - it has to be the same again
        self.id, self.created_at = self.next_key()
        self.company = company(self.random)
        self.domain = f"{ascii_word(self.company)}-{self.seed}-{self.number}.example"

    def next_key(self) -> tuple[UUID, datetime]:
        """The key of the next row, and the moment of its making."""
        at = (self.number * ROWS_RESERVED + self._made) * ROW_INTERVAL
        self._made += 1
        bits = self.random.getrandbits(62)
        return key(at // timedelta(milliseconds=1), bits & 0xFFF, bits), EPOCH + at


def company(random: Random) -> str:
    """A name for a company, such as "Northwind Mills AB"; there are some 19,000."""
    return " ".join(map(random.choice, (words.COMPANY_FIRST, words.COMPANY_SECOND, words.COMPANY_FORM)))


def ascii_word(text: str) -> str:
    """`text` as a part of an email address: "Sp. Åland" becomes "sp-aland"."""
    plain = normalize("NFKD", text.lower().translate(UNDECOMPOSED)).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.replace("'", "")).split())


def contract_account_rows(draft: Draft) -> Iterator[Row]:
    """The legal entities: the company's name with a region."""
    name, form = draft.company.rsplit(" ", 1) if not draft.company.endswith("o.o.") else (draft.company[:-11], "")
    for region in draft.random.sample(words.REGION, CONTRACT_ACCOUNTS):
        country, currency = draft.random.choice(words.SITE)[1], draft.random.choice(words.CURRENCY)
        vat_number = f"{country}{draft.random.randrange(10**8, 10**9)}"
        email = f"billing.{region.lower()}@{draft.domain}"
        yield (*draft.next_key(), draft.id, f"{name} {region} {form}".strip(), vat_number, email, currency)


def delivery_account_rows(draft: Draft, contract_accounts: list[Row]) -> Iterator[Row]:
    """End customers, and some of the legal entities themselves under the same name."""
    own = [str(row[3]) for row in contract_accounts[: DELIVERY_ACCOUNTS // 5]]
    for name in own + [company(draft.random) for _ in range(DELIVERY_ACCOUNTS - len(own))]:
        yield (*draft.next_key(), draft.id, name)


def service_rows(draft: Draft, contract_accounts: list[Row], delivery_accounts: list[Row]) -> Iterator[Row]:
    """Services; each legal entity delivers to some of the delivery accounts only."""
    choice = draft.random.choice
    deliveries = [row[0] for row in delivery_accounts]
    customers = {row[0]: draft.random.sample(deliveries, DELIVERIES_PER_CONTRACT) for row in contract_accounts}
    contracts = tuple(customers)
    for number in range(1, SERVICES + 1):
        contract = choice(contracts)
        name = choice(words.SERVICE_NAME) + choice(words.SERVICE_SIZE)
        made = (*draft.next_key(), draft.id, contract, choice(customers[contract]), f"SVC-{number:06}", name)
        yield (*made, choice(STATUSES), *choice(words.SITE))
