"""Fields that are selected again under other aliases get the answers that they get alone: random queries by random
users of random worlds, in which each field may be there twice."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from graphql import FieldNode, NameNode, SelectionNode, SelectionSetNode, Visitor, parse, print_ast, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from schema.execution.errors import QueryRejected
from tests.support.random_documents import Draw, RandomDocument
from tests.support.worlds.expected_answers import EVERYTHING
from tests.support.worlds.models import World, worlds
from tests.support.worlds.planner_fixtures import id_of, operations, read
from tests.support.worlds.random_reads import stored

pytestmark = pytest.mark.invariant("one_predicate")

QUERIES = 12
AGAIN = "_again"


class _Doubling(Visitor):
    """Adds fields a second time, under another alias."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self._draw = draw

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        return replace(node, selections=tuple(each for selection in node.selections for each in self._both(selection)))

    def _both(self, node: SelectionNode) -> list[SelectionNode]:
        if not isinstance(node, FieldNode) or self._draw(st.integers(0, 2)):
            return [node]
        alias = NameNode(value=(node.alias or node.name).value + AGAIN)
        return [*self._draw(st.permutations([node, replace(node, alias=alias)]))]


def doubled(text: str, draw: Draw) -> str:
    return print_ast(visit(parse(text), _Doubling(draw)))


def single(answer: Any) -> Any:
    """The answer without what is there again, after a check that it is the same."""
    if isinstance(answer, list):
        return [single(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    values = {key: single(value) for key, value in answer.items()}
    for key, value in values.items():
        if key.endswith(AGAIN):
            assert value == values[key.removesuffix(AGAIN)]
    return {key: value for key, value in values.items() if not key.endswith(AGAIN)}


def is_read(text: str) -> bool:
    """Whether it is a valid query for data alone."""
    try:
        return isinstance(operations().prepare(text, None, {}), Request)
    except QueryRejected:
        return False


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_what_is_there_twice_is_the_same_as_once(connection: Any, world: World, data: st.DataObject) -> None:
    ids = [id_of(kind, each.id) for kind, things in world.things.items() for each in things]
    texts = [EVERYTHING, *(RandomDocument(data.draw, ids, []).text() for _ in range(QUERIES))]
    async with stored(connection, world):
        user = data.draw(st.sampled_from(world.users))
        for text in texts:
            twice = doubled(text, data.draw)
            if is_read(text) and is_read(twice):
                # Some ask what their traits don't allow to ask.
                with suppress(MutationRejected):
                    assert single(await read(connection, user, twice)) == await read(connection, user, text), twice
