"""Queries show of a random world exactly what the oracle allows.

In lists, nested lists, counts, `viewerCan` and billing details, by id, page by page, with every filter and in every
order.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import AccessRequestState, Audience, MailStatus, Permission, Scope, ServiceStatus, UserKind
from tests.support.worlds.expected_answers import ALL, EVERYTHING, ROOTS, Expected, check_everything
from tests.support.worlds.models import ACTIVATED, SIGN_INS, User, World, worlds
from tests.support.worlds.planner_fixtures import id_of, ids_in, read
from tests.support.worlds.random_reads import ASKERS, RANDOM, askers, some, stored
from tests.support.worlds.requests import AccessRequest

pytestmark = pytest.mark.invariant("one_predicate")


@RANDOM
@given(world=worlds(), data=st.data())
async def test_everything_that_can_be_seen(connection: Any, world: World, data: st.DataObject) -> None:
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            answer = await read(connection, user, EVERYTHING)
            assert answer["viewer"]["viewerCan"] == expected.viewer_can()
            check_everything(expected, answer)


@RANDOM
@given(world=worlds(), data=st.data())
async def test_a_client_sees_what_its_owner_sees_within_its_scopes(
    connection: Any, world: World, data: st.DataObject
) -> None:
    assignable = "{ viewer { user { id } apiClient { id } scopes assignable { permissions } } }"
    async with stored(connection, world):
        for client in data.draw(st.lists(st.sampled_from(world.clients), min_size=ASKERS, max_size=ASKERS)):
            drawn = replace(client, scopes=data.draw(st.sets(st.sampled_from(Scope)).map(frozenset), label="scopes"))
            owner = next(user for user in world.users if user.id == client.owner_id)
            expected = Expected(world, owner, drawn)
            check_everything(expected, await read(connection, owner, EVERYTHING, client=drawn))
            viewer = (await read(connection, owner, assignable, client=drawn))["viewer"]
            given_ = expected.oracle.assignable()
            assert (viewer["assignable"] and set(viewer["assignable"]["permissions"])) == (given_ and given_[1])
            assert viewer["apiClient"] == (
                {"id": id_of("ApiClient", client.id)} if expected.visible["ApiClient"] else None
            )
            assert viewer["scopes"] == [scope.name for scope in Scope if scope in drawn.scopes]
            assert viewer["user"] is None


@RANDOM
@given(world=worlds(), data=st.data())
async def test_by_id_what_is_not_seen_is_not_there(connection: Any, world: World, data: st.DataObject) -> None:
    keys = [(kind, each.id) for kind, things in world.things.items() for each in reversed(things)]
    # The id of one type with the key of another is nothing's id.
    ids = [id_of(kind, key) for kind, key in keys] + [id_of("User", key) for kind, key in keys if kind != "User"]
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            answer = await read(
                connection, user, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids[:100]}
            )
            seen = {id_of(kind, key) for kind, key in keys if key in expected.visible[kind]}
            assert answer["nodes"] == [{"id": id_} if id_ in seen else None for id_ in ids[:100]]
            one = await read(connection, user, "query ($id: ID!) { node(id: $id) { id } }", {"id": ids[-1]})
            assert one["node"] is None


ORDERS = {
    "Organization": ("NAME_ASC", "NAME_DESC", "CREATED_AT_ASC"),
    "ContractAccount": ("NAME_ASC", "NAME_DESC", "CREATED_AT_DESC"),
    "DeliveryAccount": ("NAME_ASC", "NAME_DESC", "CREATED_AT_DESC"),
    "Service": ("CODE_ASC", "CODE_DESC", "NAME_ASC", "CITY_DESC", "STATUS_ASC", "CREATED_AT_ASC"),
    "User": (
        *("NAME_ASC", "EMAIL_DESC", "STATUS_ASC", "STATUS_DESC"),
        *("CREATED_AT_DESC", "LAST_SIGN_IN_AT_ASC", "LAST_SIGN_IN_AT_DESC"),
    ),
    "AuditEvent": ("CREATED_AT_ASC", "CREATED_AT_DESC"),
    "ApiClient": ("NAME_ASC", "NAME_DESC", "CREATED_AT_ASC"),
    "AccessRequest": ("CREATED_AT_ASC", "CREATED_AT_DESC"),
}


async def walked(connection: Any, user: User, kind: str, order: str, size: int, *, backward: bool) -> list[str]:
    """The ids of all rows, collected page by page; the page info of each page is checked on the way."""
    bounds, turn = (
        ("last: $size, before: $at", "startCursor") if backward else ("first: $size, after: $at", "endCursor")
    )
    query = f"""query ($size: Int!, $at: String) {{
      {ROOTS[kind]}({bounds}, orderBy: {order}) {{
        totalCount edges {{ cursor node {{ id }} }} nodes {{ id }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      }}
    }}"""
    ids: list[str] = []
    at = None
    while True:
        page = (await read(connection, user, query, {"size": size, "at": at}))[ROOTS[kind]]
        info, found = page["pageInfo"], [edge["node"]["id"] for edge in page["edges"]]
        assert found == [node["id"] for node in page["nodes"]]
        assert [info["startCursor"], info["endCursor"]] == (
            [page["edges"][0]["cursor"], page["edges"][-1]["cursor"]] if found else [None, None]
        )
        ids = found + ids if backward else ids + found
        assert info["hasPreviousPage" if backward else "hasNextPage"] == (len(ids) < page["totalCount"])
        assert info["hasNextPage" if backward else "hasPreviousPage"] == (at is not None)
        if len(ids) >= page["totalCount"]:
            return ids
        at = info[turn]


@RANDOM
@given(world=worlds(), data=st.data())
async def test_pages_make_up_the_list_in_every_order(connection: Any, world: World, data: st.DataObject) -> None:
    async with stored(connection, world):
        for _ in range(4):
            user = data.draw(st.sampled_from(world.users))
            kind = data.draw(st.sampled_from(list(ROOTS)))
            order = data.draw(st.sampled_from(ORDERS[kind]))
            size = data.draw(st.integers(1, 4))
            query = f"{{ all: {ROOTS[kind]}(first: 100, orderBy: {order}) {{ nodes {{ id }} }} }}"
            ids = [node["id"] for node in (await read(connection, user, query))["all"]["nodes"]]
            expected = Expected(world, user)
            assert set(ids) == expected.ids(kind, expected.visible[kind])
            assert await walked(connection, user, kind, order, size, backward=False) == ids
            assert await walked(connection, user, kind, order, size, backward=True) == ids


def signed_in(user: User) -> str:
    """When the user last signed in; the empty string, which comes first, if they never have."""
    return user.last_sign_in.isoformat() if user.last_sign_in is not None else ""


def active_since(user: User) -> datetime:
    """When an active user last activated or signed in."""
    return max(ACTIVATED, user.last_sign_in or ACTIVATED)


def days_after(moment: datetime) -> int:
    """For so many days has anything not happened that last happened at this moment, but nothing a month later."""
    return (datetime.now(UTC) - moment).days - 5


def matching_users(world: World, filter_: dict[str, Any]) -> set[UUID]:
    tests: dict[str, Callable[[User, Any], bool]] = {
        "status": lambda user, words: user.status in words,
        "audience": lambda user, words: user.audience in words,
        "kind": lambda user, words: user.kind in words,
        # Permissions of the staff are not stored: they have no organization.
        "permission": lambda user, words: not user.staff and bool(user.permissions & set(words)),
        "mail": lambda user, words: user.mail in words,
        "search": lambda user, term: term in user.email,
        "lastSignInSince": lambda user, moment: signed_in(user) >= moment,
        "lastSignInBefore": lambda user, moment: signed_in(user) < moment,
        "notSignedInForDays": lambda user, days: (
            user.status == "ACTIVE" and active_since(user) <= datetime.now(UTC) - timedelta(days=days)
        ),
    }
    return {user.id for user in world.users if all(tests[name](user, value) for name, value in filter_.items())}


SIGN_INS_AT = st.sampled_from([moment.isoformat() for moment in SIGN_INS if moment is not None])
USER_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "status": some(("PENDING", "EXPIRED", "ACTIVE", "REMOVED")),
        "audience": some(Audience),
        "kind": some(UserKind),
        "permission": some(Permission),
        "mail": some(MailStatus),
        "search": st.sampled_from(["acme", "pear.example", "a", "%", "_"]),
        "lastSignInSince": SIGN_INS_AT,
        "lastSignInBefore": SIGN_INS_AT,
        "notSignedInForDays": st.sampled_from([ACTIVATED, *filter(None, SIGN_INS)]).map(days_after) | st.just(3_650),
    },
)


@RANDOM
@given(
    world=worlds(), filters=st.lists(USER_FILTERS, min_size=3, max_size=3), statuses=some(ServiceStatus), data=st.data()
)
async def test_filters_choose_among_what_is_seen(
    connection: Any, world: World, filters: list[dict[str, Any]], statuses: list[str], data: st.DataObject
) -> None:
    query = "query ($filter: UserFilter) { users(first: 100, filter: $filter) { totalCount nodes { id } } }"
    by_status = (
        "query ($s: [ServiceStatus!]) { services(first: 100, filter: {status: $s}) { totalCount nodes { id } } }"
    )
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            for filter_ in filters:
                found = await read(connection, user, query, {"filter": filter_})
                assert ids_in(found["users"]) == expected.ids("User", matching_users(world, filter_)), (
                    f"{user} {filter_}"
                )
            found = await read(connection, user, by_status, {"s": statuses})
            services = [service.id for service in world.services if service.status in statuses]
            assert ids_in(found["services"]) == expected.ids("Service", services)


def matching_requests(world: World, user: User, filter_: dict[str, Any]) -> set[UUID]:
    tests: dict[str, Callable[[AccessRequest, Any], bool]] = {
        "state": lambda request, words: request.shown in words,
        "mine": lambda request, mine: (request.requester_id == user.id) == mine,
        "requesters": lambda request, ids: id_of("User", request.requester_id) in ids,
    }
    return {each.id for each in world.requests if all(tests[name](each, value) for name, value in filter_.items())}


@RANDOM
@given(world=worlds(), states=some(AccessRequestState), mine=st.booleans(), data=st.data())
async def test_filters_of_requests_choose_among_what_is_seen(
    connection: Any, world: World, states: list[str], mine: bool, data: st.DataObject
) -> None:
    query = "query ($f: AccessRequestFilter) { accessRequests(first: 100, filter: $f) { totalCount nodes { id } } }"
    someone = id_of("User", data.draw(st.sampled_from(world.users)).id)
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            for filter_ in ({"state": states}, {"mine": mine}, {"requesters": [someone], "state": states}):
                found = await read(connection, user, query, {"f": filter_})
                keys = matching_requests(world, user, filter_)
                assert ids_in(found["accessRequests"]) == expected.ids("AccessRequest", keys), f"{user} {filter_}"


SEARCHES = """query ($t: String!, $kinds: [AuditKind!], $countries: [CountryCode!]) {
  services(first: 2, filter: {search: $t}) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  contractAccounts(first: 2, orderBy: NAME_DESC, filter: {search: $t}) {
    totalCount nodes { id services(first: 2, filter: {search: $t}) { totalCount nodes { id } } }
  }
  deliveryAccounts(last: 2, filter: {search: $t}) { totalCount nodes { id } pageInfo { hasPreviousPage startCursor } }
  users(first: 2, filter: {search: $t, country: $countries}) { totalCount nodes { id } }
  auditEvents(first: 2, filter: {kind: $kinds}) { totalCount nodes { id } }
}"""


@RANDOM
@given(world=worlds(), terms=st.lists(st.text("aceins-v0 %\u00e9", max_size=5), min_size=3, max_size=3), data=st.data())
async def test_searches_find_the_same_by_an_index(
    connection: Any, world: World, terms: list[str], data: st.DataObject
) -> None:
    """`read` compares the answers of the usual statement with those of the one that has the indexes."""
    kinds = data.draw(some(("USER_CREATED", "USER_UPDATED", "SESSION_STARTED")))
    async with stored(connection, world):
        for user in askers(data, world):
            codes = [service.code.lower()[:4] for service in world.services[:1]]
            for term in (*terms, *codes):
                await read(connection, user, SEARCHES, {"t": term, "kinds": kinds, "countries": ["DE"]})


@RANDOM
@given(world=worlds(), data=st.data())
async def test_what_may_be_given_and_which_emails_are_free(connection: Any, world: World, data: st.DataObject) -> None:
    assignable = f"""{{ viewer {{ assignable {{
      audiences permissions allContractAccounts allDeliveryAccounts contractAccounts {ALL} deliveryAccounts {ALL}
    }} }} }}"""
    ask = "query ($email: EmailAddress!) { emailAvailability(email: $email) { state user { id } } }"
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            given_ = expected.oracle.assignable()
            found = (await read(connection, user, assignable))["viewer"]["assignable"]
            if given_ is None:
                assert found is None
                continue
            traits = (set(found["audiences"]), set(found["permissions"]))
            assert (*traits, found["allContractAccounts"], found["allDeliveryAccounts"]) == given_
            for kind in ("ContractAccount", "DeliveryAccount"):
                ids = {id_of(kind, key) for key in expected.oracle.allowed(kind, "assign")}
                assert ids_in(found[ROOTS[kind]]) == ids
            for other in world.users[:4] + world.users[-3:]:
                answer = (await read(connection, user, ask, {"email": other.email}))["emailAvailability"]
                if other.id in expected.visible["User"]:
                    assert answer == {"state": "TAKEN", "user": {"id": id_of("User", other.id)}}
                else:
                    assert answer == {"state": "UNAVAILABLE", "user": None}
            free = await read(connection, user, ask, {"email": "nobody@free.example"})
            assert free["emailAvailability"] == {"state": "AVAILABLE", "user": None}
