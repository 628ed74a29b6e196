"""Each table of a read says which organization its rows are of, whatever the policy says.

In a statement of a member or of an API client, it is the same parameter for each table; in one of staff, each table
after the first is of the organization of the row that it is reached from. The statements are those of queries of
everything that the schema has.
"""

from itertools import product

import pytest

from authz.access import Access
from authz.actor import ActorKind, Traits
from models import Audience, Permission, Scope
from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from resolvers.query.statement import Statement, build
from tests.support.border.organization_of_tables import TableReference, references, silent_tables
from tests.support.border.whole_queries import OPERATIONS, whole_queries
from tests.support.depth import some
from tests.support.golden_plans import QUERIES, read_case
from tests.support.resolver_fixtures import rules

pytestmark = pytest.mark.invariant("second_wall")

ALL = frozenset(Permission)
LIMITED = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, ALL)
DELIVERY = Traits(ActorKind.MEMBER, Audience.DELIVERY, ALL, True)
CLIENT = Traits(ActorKind.CLIENT, Audience.ORGANIZATION, ALL, True, True, frozenset(Scope))
ADMIN = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, ALL, True, True)
STAFF = Traits(ActorKind.STAFF)
MEMBERS = {"limited": LIMITED, "delivery": DELIVERY, "client": CLIENT}

WHOLE = list(whole_queries())
OWN = {"actor_organization_id", "actor_tenant_id"}
"""The parameters with the organization of the actor, who is a member."""

PAST = {"accessAt", "whoHadAccess"}
"""In statements of staff, their tables are of the organization of the row that the question is about: a subquery."""

PEOPLE = {"actor_id", "api_client_id", "subject_id", "decided_by_id", "created_by_id", "signed_off_by_id"}
"""The columns of who did something, and of what was done to: staff, perhaps, or something of no organization."""


def is_exempt(reference: TableReference, *, staff: bool) -> bool:
    """Whether a table need not say its organization."""
    if reference.is_empty:
        return True
    if not staff:
        return False
    if reference.table == "users" and "email_skeleton" in reference.equal_columns:
        # Emails that look the same are looked for on the whole platform.
        return True
    # Found by an id in an audit event, which may be of anything, or again by an id that was found.
    by_id = "id" in reference.equal_columns and reference.compared_with <= PEOPLE | {"id"}
    # Staff find the users whose access ends from all grants that end, which lead to the users of an organization.
    ends = "user_id" not in reference.equal_columns and "ends_at" in reference.named_columns
    return by_id or ends or bool(reference.compared_with & PEOPLE)


def silent(statement: Statement, *, staff: bool) -> list[TableReference]:
    """The tables of the statement that don't say their organization, and must."""
    own = {f"${number}" for number, name in enumerate(statement.parameters, 1) if name in OWN}
    found = silent_tables(statement.sql, staff=staff, parameters=None if staff else own)
    return [reference for reference in found if not is_exempt(reference, staff=staff)]


def planned(text: str, variables: dict[str, object], traits: Traits, *, large: bool) -> Statement | None:
    """The statement of a query; None if these actors may not ask it."""
    request = OPERATIONS.prepare(text, None, variables)
    assert isinstance(request, Request)
    try:
        return build(OPERATIONS.registry, Access(rules(), traits), request.selection, large=large)
    except MutationRejected:
        return None


@pytest.mark.matrix
@pytest.mark.parametrize(("member", "form"), tuple(product(MEMBERS, ("usual", "large"))))
def test_each_table_of_a_member_names_their_organization(member: str, form: str) -> None:
    for name, text, variables in some(WHOLE):
        statement = planned(text, variables, MEMBERS[member], large=form == "large")
        if statement is not None:
            assert silent(statement, staff=False) == [], name


@pytest.mark.parametrize("name", ["organization", "viewer"])
def test_each_table_of_what_only_admins_see_names_their_organization(name: str) -> None:
    for text, variables in ((text, variables) for found, text, variables in WHOLE if found == name):
        statement = planned(text, variables, ADMIN, large=False)
        assert statement is not None
        assert silent(statement, staff=False) == []
        if name == "organization":
            assert {"identity_providers", "sign_in_domains", "webhook_deliveries", "scim_tokens"} <= {
                reference.table for reference in references(statement.sql)
            }


@pytest.mark.matrix
def test_each_table_of_staff_is_of_the_organization_of_the_one_before() -> None:
    """In the usual statements: those for large organizations look for the ids of a list of staff on their own."""
    for name, text, variables in some(WHOLE):
        statement = planned(text, variables, STAFF, large=False)
        if statement is not None and name not in PAST:
            assert silent(statement, staff=True) == [], name


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_each_table_of_a_golden_plan_names_the_organization(path: object) -> None:
    case = read_case(path)  # type: ignore[arg-type]
    assert "staff@" not in case.email
    found = silent_tables(path.with_suffix(".sql").read_text(), staff=False)  # type: ignore[attr-defined]
    assert [reference for reference in found if not is_exempt(reference, staff=False)] == []


def test_a_table_without_an_organization_is_found() -> None:
    sql = """SELECT (SELECT count(*) FROM services AS s WHERE s.contract_account_id = a.id AND {})
      FROM contract_accounts AS a WHERE a.organization_id = $1"""
    assert [each.alias for each in silent_tables(sql.format("true"), staff=False)] == ["s"]
    assert [each.alias for each in silent_tables(sql.format("(s.organization_id = $1 OR true)"), staff=False)] == ["s"]
    tied = sql.format("s.organization_id = a.organization_id")
    assert [each.alias for each in silent_tables(tied, staff=False)] == ["s"]
    assert silent_tables(tied, staff=True) == []
    assert silent_tables(sql.format("s.organization_id = $1"), staff=False, parameters=["$1"]) == []
    assert silent_tables(sql.format("s.organization_id = $2"), staff=False, parameters=["$1"]) != []
    assert len(references(sql.format("true"))) == 2
