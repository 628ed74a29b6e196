"""No answer has more objects than its operation requests, and what is charged are its objects: random queries by random
users of random worlds."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from schema.execution.errors import QueryRejected
from tests.support.depth import examples
from tests.support.random_documents import RandomDocument
from tests.support.random_operations import JUNK, RandomOperation
from tests.support.worlds.expected_answers import EVERYTHING
from tests.support.worlds.models import World, worlds
from tests.support.worlds.planner_fixtures import id_of, operations, read
from tests.support.worlds.random_reads import stored

pytestmark = pytest.mark.invariant("cost")

QUERIES = 12


def objects(answer: Any) -> int:
    """Count the objects in an answer, without page infos, and without edges, which count with their node."""
    if isinstance(answer, list):
        return sum(objects(each) for each in answer)
    if not isinstance(answer, dict):
        return 0
    type_ = answer.get("__typename", "")
    return (not type_.endswith("Edge") and type_ != "PageInfo") + sum(objects(each) for each in answer.values())


def prepared(text: str) -> Request | None:
    """The request of a query for data; None if the query is invalid."""
    try:
        found = operations().prepare(text, None, {})
    except QueryRejected:
        return None
    return found if isinstance(found, Request) else None


@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_no_answer_has_more_objects_than_it_requests(connection: Any, world: World, data: st.DataObject) -> None:
    ids = [id_of(kind, each.id) for kind, things in world.things.items() for each in things]
    texts = [EVERYTHING, *(RandomDocument(data.draw, ids, []).text() for _ in range(QUERIES))]
    async with stored(connection, world):
        user = data.draw(st.sampled_from(world.users))
        for text in texts:
            request = prepared(text)
            if request is not None:
                # Some ask what their traits don't allow to ask.
                with suppress(MutationRejected):
                    answer = await read(connection, user, text)
                    staff = user.organization_id is None
                    requested = request.price.requested(staff=staff).nodes
                    assert objects(answer) <= requested, text
                    charged = request.price.of_response(orjson.dumps(answer), staff=staff)
                    assert request.price.fixed < charged <= requested, text


@settings(max_examples=examples(150), deadline=None)
@given(data=st.data())
def test_no_operation_is_charged_for_more_than_it_requested(data: st.DataObject) -> None:
    """Whatever comes, and however long it took; the surcharge for time comes on top."""
    operation = RandomOperation(data.draw, [], [])
    try:
        price = operations().prepare(operation.text(), None, operation.variables).price
    except QueryRejected:
        return
    anything = json.dumps(data.draw(JUNK)).encode() * data.draw(st.sampled_from([1, 1_000]))
    for staff in (True, False):
        requested = price.requested(staff=staff).nodes
        assert price.by_member.nodes <= price.by_staff.nodes
        assert price.fixed < requested
        for charged in (
            price.of_response(anything, staff=staff),
            price.without_response(data.draw(st.floats(0, 100)), staff=staff),
        ):
            assert price.fixed < charged <= requested


@pytest.mark.parametrize(("answer", "count"), [({"a": None, "b": [{}, {"c": {}}]}, 4), ({"__typename": "UserEdge"}, 0)])
def test_objects_are_counted(answer: Any, count: int) -> None:
    assert objects(answer) == count
