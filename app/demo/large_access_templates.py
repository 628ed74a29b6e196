"""Generates the access templates of one organization of the large data set."""

from collections.abc import Iterator

from app.demo.bulk_copy import Row
from app.demo.large_organization import Draft
from models import Audience, Permission

TEMPLATES = {
    "Support": (Permission.SUPPORT_VIEW, Permission.SUPPORT_EDIT),
    "Ordering": (Permission.ORDERS_VIEW, Permission.ORDERS_APPROVE),
    "Accounting": (Permission.BILLING_VIEW,),
}
ACCOUNTS = 3


def template_rows(draft: Draft, contract_accounts: list[Row]) -> Iterator[Row]:
    """One template for each task, with a few contract accounts."""
    for name, others in TEMPLATES.items():
        permissions = [Permission.SITES_SERVICES_VIEW, *others]
        drawn = draft.random.sample(contract_accounts, min(ACCOUNTS, len(contract_accounts)))
        accounts = sorted(account[0] for account in drawn)
        yield *draft.next_key(), draft.id, name, Audience.ORGANIZATION, permissions, False, accounts, False, []
