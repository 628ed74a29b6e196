"""Reads values to filter by from the database: rows that one user can see, and words that many, one or no rows hold."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from benchmarks.list_requests import FilterSamples
from models import (
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    AccessTemplate,
    ApiClient,
    AuditEvent,
    Base,
    ContractAccount,
    DeliveryAccount,
    Organization,
    Service,
    User,
)
from resolvers import public_id

# A service that the user can see, with its accounts. Staff see those of the largest organization.
_SERVICE: Final = """
SELECT service.id, contract_account_id, delivery_account_id FROM services service, users u
WHERE u.id = $2 AND service.organization_id = $1
  AND (u.staff OR u.all_contract_accounts OR EXISTS (
    SELECT FROM contract_grants g WHERE g.user_id = u.id AND g.contract_account_id = service.contract_account_id))
  AND (u.audience = 'ORGANIZATION' OR EXISTS (
    SELECT FROM delivery_grants g WHERE g.user_id = u.id AND g.delivery_account_id = service.delivery_account_id))
ORDER BY service.id LIMIT 1
"""
_ROWS: Final[dict[type[Base], str]] = {
    Organization: "SELECT $1::uuid FROM users WHERE id = $2",
    User: "SELECT id FROM users WHERE id = $2 AND NOT staff"
    " UNION ALL (SELECT id FROM users WHERE organization_id = $1 ORDER BY id LIMIT 1)",
    AuditEvent: "SELECT id FROM audit_events WHERE organization_id = $1 AND $2::uuid IS NOT NULL"
    " ORDER BY created_at DESC LIMIT 1",
    ApiClient: "SELECT id FROM api_clients WHERE organization_id = $1 AND $2::uuid IS NOT NULL ORDER BY id LIMIT 1",
    AccessRequest: "SELECT id FROM access_requests WHERE organization_id = $1"
    " ORDER BY requester_id = $2 DESC, id LIMIT 1",
    AccessTemplate: "SELECT id FROM access_templates WHERE organization_id = $1 AND $2::uuid IS NOT NULL"
    " ORDER BY id LIMIT 1",
    AccessReview: "SELECT id FROM access_reviews WHERE organization_id = $1 AND $2::uuid IS NOT NULL"
    " ORDER BY id DESC LIMIT 1",
    AccessReviewEntry: "SELECT entry.id FROM access_review_entries entry JOIN access_reviews review"
    " ON review.id = review_id WHERE review.organization_id = $1 AND $2::uuid IS NOT NULL LIMIT 1",
}
_ORGANIZATION: Final = """
SELECT coalesce(organization_id, (
    SELECT organization_id FROM services GROUP BY organization_id ORDER BY count(*) DESC, organization_id LIMIT 1
)) FROM users WHERE id = $1
"""
_EVENTS: Final = "SELECT min(created_at), max(created_at), max(request_id) FROM audit_events WHERE organization_id = $1"


async def filter_samples(connection: asyncpg.Connection, email: str) -> FilterSamples:
    """Samples for the user with this email. Staff get those of the organization with the most services.

    `words` are made for the generated data sets (`portico demo --large-organization`): `many` is in a large share of
    the names of services, `common` in those of accounts and companies. Raises ValueError if there is no such user.
    """
    user: UUID | None = await connection.fetchval("SELECT id FROM users WHERE email = $1", email)
    if user is None:
        raise ValueError(f"no user {email}")
    organization: UUID = await connection.fetchval(_ORGANIZATION, user)
    service = await connection.fetchrow(_SERVICE, organization, user)
    keys = dict(zip((Service, ContractAccount, DeliveryAccount), service or (), strict=False))
    keys |= {model: await connection.fetchval(query, organization, user) for model, query in _ROWS.items()}
    first, last, request_id = await connection.fetchrow(_EVENTS, organization)
    name: str = await connection.fetchval("SELECT name FROM organizations WHERE id = $1", organization)
    return FilterSamples(
        ids={model.__name__: public_id.encode(model, key) for model, key in keys.items() if key},
        words={
            "many": "e",
            "common": "internet",
            "company": name.partition(" ")[0],
            "rare": "SVC-000042",
            "none": "zzxyqq",
        },
        countries={"common": "DE", "none": "AQ"},
        times=_times(first, last),
        texts={"one": request_id or "", "none": "zzxyqq"},
        emails={"one": email, "none": "nobody@nowhere.example"},
    )


def _times(first: datetime | None, last: datetime | None) -> dict[str, str]:
    """Times for all filters that take one, whether they are about the past or about the ends of grants."""
    now = datetime.now(UTC)
    first, last = first or now, last or now
    times = {
        "first": first + (last - first) / 100,
        "last": last - (last - first) / 100,
        "soon": now + timedelta(days=7),
        "far": now + timedelta(days=400),
    }
    return {label: time.isoformat() for label, time in times.items()}
