"""Whatever a query shows of a random world is what the oracle of the domain page allows.

In lists, in the lists inside of things, counts, `viewerCan`, billing details, by id, page by page, under every filter
and in every order.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.vocabulary import OrganizationAction, ServiceAction, UserAction
from models import Audience, MailStatus, Permission, ServiceStatus, UserKind
from tests.oracle import Oracle
from tests.reading import id_of, ids_in, read
from tests.stored_worlds import insert_world
from tests.worlds import User, World, worlds

RANDOM = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ASKERS = 4
"""How many users of each world ask. Most of the time goes into planning for traits that were not seen before."""

ALL = "(first: 100) { totalCount nodes { id } }"
ROOTS = {
    "Organization": "organizations",
    "ContractAccount": "contractAccounts",
    "DeliveryAccount": "deliveryAccounts",
    "Service": "services",
    "User": "users",
    "AuditEvent": "auditEvents",
}
EVERYTHING = f"""{{ viewer {{ viewerCan }}
  organizations(first: 100) {{ totalCount nodes {{
    id viewerCan contractAccounts {ALL} deliveryAccounts {ALL} services {ALL} users {ALL} auditEvents {ALL}
    accessReviews(first: 100) {{ totalCount nodes {{ id entries {ALL} }} }}
  }} }}
  contractAccounts(first: 100) {{ totalCount nodes {{
    id viewerCan organization {{ id }} billing {{ currency }} deliveryAccounts {ALL} services {ALL} users {ALL}
  }} }}
  deliveryAccounts(first: 100) {{ totalCount nodes {{
    id viewerCan organization {{ id }} contractAccounts {ALL} services {ALL} users {ALL}
  }} }}
  services(first: 100) {{ totalCount nodes {{ id viewerCan contractAccount {{ id }} deliveryAccount {{ id }} }} }}
  users(first: 100) {{ totalCount nodes {{
    id status viewerCan activation {{ mail attempts mailReply }} organization {{ id }}
    contractAccounts {ALL} deliveryAccounts {ALL} auditEvents {ALL}
  }} }}
  auditEvents(first: 100) {{ totalCount nodes {{ id }} }}
}}"""


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()


@asynccontextmanager
async def stored(connection: Any, world: World) -> AsyncIterator[None]:
    """The world in the database, for the length of the block."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await insert_world(connection, world)
        yield
    finally:
        await transaction.rollback()


def askers(data: st.DataObject, world: World) -> list[User]:
    """Some users of the world."""
    return data.draw(st.lists(st.sampled_from(world.users), min_size=ASKERS, max_size=ASKERS, unique=True))


class Expected:
    """What the oracle lets `user` see of `world`, in the words of the API."""

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.oracle = Oracle(world, user)
        self.visible = {kind: self.oracle.allowed(kind, "view") for kind in world.things}

    def ids(self, kind: str, keys: Iterable[UUID]) -> set[str]:
        """The ids of those of `keys` that are seen."""
        return {id_of(kind, key) for key in keys if key in self.visible[kind]}

    def in_access(self, user: User, kind: str) -> set[UUID]:
        """The accounts in the access of `user`, seen or not."""
        everything, some, accounts = {
            "ContractAccount": (user.all_contract_accounts, user.contract_accounts, self.world.contract_accounts),
            "DeliveryAccount": (user.all_delivery_accounts, user.delivery_accounts, self.world.delivery_accounts),
        }[kind]
        return {
            each.id
            for each in accounts
            if each.organization_id == user.organization_id and (everything or each.id in some)
        }

    def having(self, kind: str, account: UUID) -> list[UUID]:
        return [user.id for user in self.world.users if account in self.in_access(user, kind)]

    def can(self, kind: str, key: UUID, actions: Iterable[str]) -> list[str]:
        return [action.upper() for action in actions if key in self.oracle.allowed(kind, action)]

    def edges(self, kind: str, key: UUID) -> dict[str, set[str]]:
        """The ids behind each connection of the thing."""
        world, seen = self.world, self.visible["Service"]
        services = [service for service in world.services if service.id in seen]
        match kind:
            case "Organization":
                return {
                    root: self.ids(inner, (each.id for each in things if each.organization_id == key))
                    for root, inner, things in (
                        ("contractAccounts", "ContractAccount", world.contract_accounts),
                        ("deliveryAccounts", "DeliveryAccount", world.delivery_accounts),
                        ("services", "Service", world.services),
                        ("users", "User", world.users),
                        ("auditEvents", "AuditEvent", world.events),
                        ("accessReviews", "AccessReview", world.reviews),
                    )
                }
            case "ContractAccount":
                own = [service for service in services if service.contract_account_id == key]
                return {
                    "services": self.ids("Service", (each.id for each in own)),
                    "deliveryAccounts": self.ids("DeliveryAccount", (each.delivery_account_id for each in own)),
                    "users": self.ids("User", self.having(kind, key)),
                }
            case "DeliveryAccount":
                own = [service for service in services if service.delivery_account_id == key]
                return {
                    "services": self.ids("Service", (each.id for each in own)),
                    "contractAccounts": self.ids("ContractAccount", (each.contract_account_id for each in own)),
                    "users": self.ids("User", self.having(kind, key)),
                }
            case "User":
                user = next(each for each in world.users if each.id == key)
                about = [event.id for event in world.events if event.subject_id == key]
                return {
                    "auditEvents": self.ids("AuditEvent", about),
                    "contractAccounts": self.ids("ContractAccount", self.in_access(user, "ContractAccount")),
                    "deliveryAccounts": self.ids("DeliveryAccount", self.in_access(user, "DeliveryAccount")),
                }
        return {}


ACTIONS: dict[str, tuple[str, ...]] = {
    "Organization": tuple(OrganizationAction), "Service": tuple(ServiceAction), "User": tuple(UserAction),
    "ContractAccount": ("view", "assign"), "DeliveryAccount": ("view", "assign"),
}  # fmt: skip


@RANDOM
@given(world=worlds(), data=st.data())
async def test_everything_that_can_be_seen(connection: Any, world: World, data: st.DataObject) -> None:
    async with stored(connection, world):
        for user in askers(data, world):
            expected = Expected(world, user)
            answer = await read(connection, user, EVERYTHING)
            assert bool(answer["viewer"]["viewerCan"]) == expected.oracle.creates_organizations()
            for kind, root in ROOTS.items():
                assert ids_in(answer[root]) == expected.ids(kind, expected.visible[kind]), f"{user} {kind}"
                for node in answer[root]["nodes"]:
                    check_node(expected, kind, node)


def check_node(expected: Expected, kind: str, node: dict[str, Any]) -> None:
    key = UUID(node["id"].partition("_")[2])
    for root, ids in expected.edges(kind, key).items():
        assert ids_in(node[root]) == ids, f"{expected.oracle.actor} {kind}.{root}"
    if kind in ACTIONS:
        assert node["viewerCan"] == expected.can(kind, key, ACTIONS[kind]), f"{expected.oracle.actor} {kind} {key}"
    for review in node.get("accessReviews", {"nodes": ()})["nodes"]:
        entries = (each.id for each in expected.world.entries if str(each.review_id) in review["id"])
        assert ids_in(review["entries"]) == expected.ids("AccessReviewEntry", entries)
    if "billing" in node:
        assert (node["billing"] is not None) == (key in expected.oracle.allowed(kind, "view_billing"))
    if kind == "User":
        assert node["activation"] == expected.oracle.activation(key), f"{expected.oracle.actor} {key}"
    if kind == "Service":
        service = next(each for each in expected.world.services if each.id == key)
        assert node["contractAccount"] == {"id": id_of("ContractAccount", service.contract_account_id)}
        assert node["deliveryAccount"] == {"id": id_of("DeliveryAccount", service.delivery_account_id)}


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
    "User": ("NAME_ASC", "EMAIL_ASC", "EMAIL_DESC", "STATUS_ASC", "CREATED_AT_DESC"),
    "AuditEvent": ("CREATED_AT_ASC", "CREATED_AT_DESC"),
}


async def walked(connection: Any, user: User, kind: str, order: str, size: int, *, backward: bool) -> list[str]:
    """The ids of all rows, gathered page by page; the page info of each page is checked on the way."""
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


def matching_users(world: World, filter_: dict[str, Any]) -> set[UUID]:
    tests: dict[str, Callable[[User, Any], bool]] = {
        "status": lambda user, words: user.status in words,
        "audience": lambda user, words: user.audience in words,
        "kind": lambda user, words: user.kind in words,
        # Permissions of the staff are not stored: they have no organization.
        "permission": lambda user, words: not user.staff and bool(user.permissions & set(words)),
        "mail": lambda user, words: user.mail in words,
        "search": lambda user, term: term in user.email,
    }
    return {user.id for user in world.users if all(tests[name](user, value) for name, value in filter_.items())}


def some(words: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([str(word) for word in words]), max_size=3, unique=True)


USER_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "status": some(("PENDING", "EXPIRED", "ACTIVE", "REMOVED")),
        "audience": some(Audience),
        "kind": some(UserKind),
        "permission": some(Permission),
        "mail": some(MailStatus),
        "search": st.sampled_from(["acme", "pear.example", "a", "%", "_"]),
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
