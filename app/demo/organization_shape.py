"""The sizes of the generated organizations."""

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True)
class OrganizationShape:
    """How many rows one organization has, and how they are spread.

    `grants` are the numbers of accounts of each kind granted to users who don't have all of them, drawn at random;
    `admin_grants` is that of the limited admins. `interval` separates the creation times of two rows. Grants that end
    do so from `first_end` to a year later, counted from the load.
    """

    contract_accounts: int
    delivery_accounts: int
    services: int
    users: int
    audit_events: int
    grants: tuple[int, ...]
    admin_grants: int
    interval: timedelta
    first_end: timedelta

    @property
    def rows(self) -> int:
        """The number of accounts, services, users and audit events. There are others, which depend on the seed."""
        return self.contract_accounts + self.delivery_accounts + self.services + self.users + self.audit_events

    def scaled(self, scale: float) -> "OrganizationShape":
        """An organization of `scale` times the size, but never smaller than `SMALL`."""
        return replace(
            self,
            contract_accounts=max(SMALL.contract_accounts, int(self.contract_accounts * scale)),
            delivery_accounts=max(SMALL.delivery_accounts, int(self.delivery_accounts * scale)),
            services=max(SMALL.services, int(self.services * scale)),
            users=max(SMALL.users, int(self.users * scale)),
            audit_events=max(SMALL.audit_events, int(self.audit_events * scale)),
            grants=tuple(min(count, SMALL.contract_accounts) for count in self.grants) if scale < 1 else self.grants,
            admin_grants=max(SMALL.admin_grants, int(self.admin_grants * scale)),
        )


SMALL = OrganizationShape(
    contract_accounts=20,
    delivery_accounts=30,
    services=1_000,
    users=50,
    audit_events=200,
    grants=(5,),
    admin_grants=5,
    interval=timedelta(milliseconds=20),
    first_end=timedelta(days=1),
)
"""One of many organizations."""

LARGE = OrganizationShape(
    contract_accounts=5_000,
    delivery_accounts=20_000,
    services=500_000,
    users=20_000,
    audit_events=1_000_000,
    grants=(1, 2, 3, 5, 5, 8, 13, 20, 50),
    admin_grants=200,
    interval=timedelta(seconds=10),
    first_end=timedelta(days=-30),
)
"""The one large organization of `portico demo --large-organization`."""
