"""In random worlds, audit events show what their reader may see and no more, and filters find no more either."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import AuditKind
from resolvers.types.audit_event import MODELS_BY_PREFIX
from schema.schema import registry
from tests.support.worlds.events import Event
from tests.support.worlds.expected_answers import Expected
from tests.support.worlds.models import World, worlds
from tests.support.worlds.planner_fixtures import id_of, ids_in, read
from tests.support.worlds.random_reads import RANDOM, askers, some, stored

pytestmark = pytest.mark.invariant("audit_redaction")

EVENTS = """{ auditEvents(first: 100) { nodes {
  id kind createdAt requestId address policyVersion subjectId
  actor { id } subject { id } organization { id } changes { field before after } resources { id: resource name }
} } }"""


def test_events_name_every_type_of_node_that_something_happens_to() -> None:
    nodes = {each.prefix: each.model for each in registry().objects.values() if each.prefix}
    assert {**MODELS_BY_PREFIX, "evt": nodes["evt"], "rve": nodes["rve"]} == nodes


def shown(expected: Expected, event: Event) -> dict[str, Any]:
    """The event as the oracle says that its reader sees it."""

    def user(key: UUID | None) -> dict[str, str] | None:
        return {"id": id_of("User", key)} if key in expected.visible["User"] else None

    def seen(kind: str, keys: tuple[UUID, ...]) -> list[str]:
        return [id_of(kind, key) for key in keys if key in expected.visible[kind]]

    accounts, deliveries = seen("ContractAccount", event.accounts), seen("DeliveryAccount", event.deliveries)
    changes: list[dict[str, Any]] = [
        {"field": "contractAccount", "before": id_of("ContractAccount", key), "after": None}
        for key in event.accounts[:1]
        if key in expected.visible["ContractAccount"]
    ]
    changes += [{"field": "contractAccounts", "before": [], "after": accounts}] if accounts else []
    objects = [{"id": id_} for id_ in deliveries]
    changes += [{"field": "deliveryAccounts", "before": objects, "after": []}] if objects else []
    changes += [{"field": "firstName", "before": "Ada", "after": 'A "quoted" name'}]
    organization = event.organization_id and {"id": id_of("Organization", event.organization_id)}
    subject, actor = user(event.subject_id), user(event.actor_id)
    subject_id = subject["id"] if subject else None
    if event.subject_id in expected.visible["Organization"]:
        subject_id = id_of("Organization", event.subject_id)
    return {
        "id": id_of("AuditEvent", event.id),
        "kind": event.kind.name,
        "createdAt": event.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requestId": event.request_id,
        "address": event.address if actor or event.actor_id is None else None,
        "policyVersion": None,
        "subjectId": subject_id,
        "actor": actor,
        "subject": subject,
        "organization": organization,
        "changes": changes,
        "resources": named(expected, event),
    }


def named(expected: Expected, event: Event) -> list[dict[str, str]]:
    """The resources of the event that its reader sees, with their names."""
    keys = {event.subject_id, *event.accounts, *event.deliveries}
    world = expected.world
    of_types = {
        "Organization": {organization.id: organization.name for organization in world.organizations},
        "ContractAccount": {account.id: account.name for account in world.contract_accounts},
        "DeliveryAccount": {account.id: account.name for account in world.delivery_accounts},
        "User": {user.id: user.first_name or user.email for user in world.users},
    }
    found = [
        {"id": id_of(kind, key), "name": name}
        for kind, names in of_types.items()
        for key, name in names.items()
        if key in keys and key in expected.visible[kind]
    ]
    return sorted(found, key=lambda resource: resource["id"])


@RANDOM
@given(world=worlds(), data=st.data())
async def test_an_event_is_cut_to_what_its_reader_sees(connection: Any, world: World, data: st.DataObject) -> None:
    events = {id_of("AuditEvent", event.id): event for event in world.events}
    async with stored(connection, world):
        for user in [world.user("sam@acme.example"), world.user("ada@acme.example"), *askers(data, world)]:
            expected = Expected(world, user)
            for node in (await read(connection, user, EVENTS))["auditEvents"]["nodes"]:
                assert node == shown(expected, events[node["id"]]), user


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "kind": some(AuditKind.__members__),
        "actors": st.just("actors"),
        "subjects": st.just("subjects"),
        "since": st.sampled_from(["2026-01-01T02:00:00Z", "2026-01-01T00:00:00Z"]),
        "until": st.sampled_from(["2026-01-01T04:00:00+00:00", "2026-01-01T06:00:00Z"]),
        "requestId": st.sampled_from(["req_1", "req_2", "none"]),
    },
)


def matches(expected: Expected, event: Event, filter_: dict[str, Any]) -> bool:
    """Whether the filter finds the event. A user whom the reader does not see is never found as actor or subject."""
    visible = expected.visible["User"]
    at = event.at.strftime("%Y-%m-%dT%H:%M:%S")
    tests: dict[str, Callable[[Any], bool]] = {
        "kind": lambda kinds: event.kind.name in kinds,
        "actors": lambda ids: event.actor_id in visible and id_of("User", event.actor_id) in ids,
        "subjects": lambda ids: event.subject_id in visible and id_of("User", event.subject_id) in ids,
        "since": lambda moment: at >= moment[:19],
        "until": lambda moment: at < moment[:19],
        "requestId": lambda text: event.request_id == text,
    }
    return all(tests[name](value) for name, value in filter_.items())


@RANDOM
@given(world=worlds(), filters=st.lists(FILTERS, min_size=4, max_size=4), data=st.data())
async def test_filters_find_events_among_those_that_are_seen(
    connection: Any, world: World, filters: list[dict[str, Any]], data: st.DataObject
) -> None:
    query = "query ($filter: AuditEventFilter) { auditEvents(first: 100, filter: $filter) { totalCount nodes { id } } }"
    people = st.lists(st.sampled_from([id_of("User", user.id) for user in world.users]), max_size=8)
    async with stored(connection, world):
        for user in [world.user("sam@acme.example"), world.user("ada@acme.example"), *askers(data, world)]:
            expected = Expected(world, user)
            for filter_ in filters:
                given_ = filter_ | {name: data.draw(people) for name in ("actors", "subjects") if name in filter_}
                found = await read(connection, user, query, {"filter": given_})
                keys = [event.id for event in world.events if matches(expected, event, given_)]
                assert ids_in(found["auditEvents"]) == expected.ids("AuditEvent", keys), f"{user} {given_}"
