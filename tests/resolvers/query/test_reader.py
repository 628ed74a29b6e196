"""Rate limits of fields: each use in a query counts for the user who sent it."""

import pytest
from limits import RateLimitItemPerHour

from app.demo.fixed_ids import named_key
from resolvers.errors import MutationRejected
from resolvers.query.reader import check_rate_limits
from resolvers.query.selection import ObjectField, ScalarField, Selection
from resolvers.rate_limits.limiter import RateLimiter, Rates
from schema.schema import registry
from tests.support.resolver_fixtures import problems


def test_lookups_of_emails_by_an_admin_are_limited_also_in_one_query() -> None:
    limits = RateLimiter(Rates(email_availability=RateLimitItemPerHour(2)))
    ada, sam = named_key("ada@acme.example"), named_key("sam@acme.example")
    availability = Selection("EmailAvailability", (ScalarField("state", "state"),))
    once = Selection("Query", (ObjectField("a", "emailAvailability", availability),))
    twice = Selection(
        "Query",
        (
            *once.parts,
            ObjectField("viewer", "viewer", availability),
            ObjectField("b", "emailAvailability", availability),
        ),
    )
    check_rate_limits(registry(), limits, ada, once)
    check_rate_limits(registry(), limits, sam, twice)
    with pytest.raises(MutationRejected) as rejected:
        check_rate_limits(registry(), limits, ada, twice)
    assert problems(rejected.value) == [("RATE_LIMITED", "b")]
