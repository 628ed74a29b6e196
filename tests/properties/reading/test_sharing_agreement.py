"""Fields that are selected again under other aliases get the answers that they get alone: random queries by random
users of random worlds, in which each field may be there twice, with the same values or with others."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from graphql import (
    ArgumentNode,
    FieldNode,
    IntValueNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.errors import MutationRejected
from resolvers.query.selection import Request
from schema.execution.errors import QueryRejected
from tests.support.depth import examples
from tests.support.random_documents import Draw, RandomDocument
from tests.support.worlds.expected_answers import EVERYTHING
from tests.support.worlds.models import World, worlds
from tests.support.worlds.planner_fixtures import id_of, operations, read
from tests.support.worlds.random_reads import stored

pytestmark = pytest.mark.invariant("one_predicate")

QUERIES = 12
AGAIN = "_again"


class _Doubling(Visitor):
    """Adds fields a second time, under another alias, and as `change` returns them."""

    def __init__(self, draw: Draw, change: Callable[[FieldNode], FieldNode]) -> None:
        super().__init__()
        self._draw = draw
        self._change = change

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        return replace(node, selections=tuple(each for selection in node.selections for each in self._both(selection)))

    def _both(self, node: SelectionNode) -> list[SelectionNode]:
        if not isinstance(node, FieldNode) or self._draw(st.integers(0, 2)):
            return [node]
        alias = NameNode(value=(node.alias or node.name).value + AGAIN)
        return [*self._draw(st.permutations([node, self._change(replace(node, alias=alias))]))]


class _OtherValues(Visitor):
    """Changes the values of arguments: numbers, and ids and texts for others of `texts`."""

    def __init__(self, draw: Draw, texts: list[str]) -> None:
        super().__init__()
        self._numbers = partial(draw, st.integers(1, 3))
        self._texts = partial(draw, st.sampled_from(texts))

    def enter_int_value(self, node: IntValueNode, *_: Any) -> IntValueNode:
        return replace(node, value=str(self._numbers()))

    def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode:
        return replace(node, value=self._texts())

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode:
        arguments = tuple(node.arguments or ())
        names = {each.name.value for each in arguments} | {each.name.value for each in selected(node)}
        if not names & {"nodes", "edges", "totalCount"} or names & {"first", "last", "ids"}:
            return node
        size = IntValueNode(value=str(self._numbers()))
        return replace(node, arguments=(*arguments, ArgumentNode(name=NameNode(value="first"), value=size)))


def selected(node: FieldNode) -> list[FieldNode]:
    return [
        each for each in (node.selection_set.selections if node.selection_set else ()) if isinstance(each, FieldNode)
    ]


def doubled(text: str, draw: Draw) -> str:
    return print_ast(visit(parse(text), _Doubling(draw, lambda node: node)))


def with_others(text: str, draw: Draw, texts: list[str]) -> str:
    """The query with fields again that have other values."""
    return print_ast(visit(parse(text), _Doubling(draw, lambda node: visit(node, _OtherValues(draw, texts)))))


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


def without_others(answer: Any) -> Any:
    """The answer without what is there again."""
    if isinstance(answer, list):
        return [without_others(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    return {key: without_others(value) for key, value in answer.items() if not key.endswith(AGAIN)}


def is_read(text: str) -> bool:
    """Whether it is a valid query for data alone."""
    try:
        return isinstance(operations().prepare(text, None, {}), Request)
    except QueryRejected:
        return False


@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
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


@settings(max_examples=examples(4), deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), data=st.data())
async def test_what_is_there_with_other_values_is_as_alone(connection: Any, world: World, data: st.DataObject) -> None:
    """The form for large organizations plans each field by itself, and `read` compares the answers of both."""
    ids = [id_of(kind, each.id) for kind, things in world.things.items() for each in things]
    texts = [EVERYTHING, *(RandomDocument(data.draw, ids, []).text() for _ in range(QUERIES))]
    async with stored(connection, world):
        user = data.draw(st.sampled_from(world.users))
        for text in texts:
            both = with_others(text, data.draw, [*ids, "a"])
            if is_read(text) and is_read(both):
                with suppress(MutationRejected):
                    assert without_others(await read(connection, user, both)) == await read(connection, user, text), (
                        both
                    )
