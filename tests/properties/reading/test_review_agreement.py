"""The marks of access reviews in random worlds: filters choose among the entries that are seen, and tell nothing of
others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import AccessReviewDecision, Permission
from tests.support.worlds.expected_answers import Expected
from tests.support.worlds.models import World, worlds
from tests.support.worlds.planner_fixtures import id_of, ids_in, read
from tests.support.worlds.random_reads import RANDOM, askers, some, stored
from tests.support.worlds.reviews import Entry

pytestmark = pytest.mark.invariant("one_predicate")

MARK = """INSERT INTO access_review_decisions (entry_id, organization_id, review_id, decision, decided_by_id)
VALUES ($1, $2, $3, $4, $1)"""
QUERY = """query ($f: AccessReviewEntryFilter, $o: AccessReviewEntryOrder) { organizations(first: 100) { nodes {
  accessReviews(first: 100) { nodes { id entries(first: 100, filter: $f, orderBy: $o) {
    totalCount nodes { id decision removable }
  } } } } } }"""
ORDERS = ("USER_ASC", "USER_DESC")


def is_removable(world: World, entry: Entry) -> bool:
    """Whether the user still has what all entries of random worlds record."""
    user = next(each for each in world.users if each.id == entry.user_id)
    return Permission.SUPPORT_VIEW in user.permissions


@RANDOM
@given(world=worlds(), decisions=some(AccessReviewDecision), data=st.data())
async def test_marks_of_entries_are_those_of_what_is_seen(
    connection: Any, world: World, decisions: list[str], data: st.DataObject
) -> None:
    marks: dict[Any, str] = {}
    for entry in world.entries:
        decision = data.draw(st.sampled_from([None, *AccessReviewDecision]))
        if decision is not None:
            marks[entry.id] = decision.value
    filters: list[tuple[dict[str, Any], set[Any]]] = [
        ({}, {entry.id for entry in world.entries}),
        ({"decided": True}, set(marks)),
        ({"decided": False}, {entry.id for entry in world.entries} - set(marks)),
        ({"decision": decisions}, {key for key, decision in marks.items() if decision in decisions}),
    ]
    filter_, matching = data.draw(st.sampled_from(filters))
    order = data.draw(st.sampled_from(ORDERS))
    async with stored(connection, world):
        for entry in world.entries:
            if entry.id in marks:
                await connection.execute(MARK, entry.id, entry.organization_id, entry.review_id, marks[entry.id])
        for user in askers(data, world):
            expected = Expected(world, user)
            answer = await read(connection, user, QUERY, {"f": filter_, "o": order})
            reviews = [each for node in answer["organizations"]["nodes"] for each in node["accessReviews"]["nodes"]]
            assert {each["id"] for each in reviews} == expected.ids("AccessReview", expected.visible["AccessReview"])
            for review in reviews:
                own = {each.id: each for each in world.entries if id_of("AccessReview", each.review_id) == review["id"]}
                assert ids_in(review["entries"]) == expected.ids("AccessReviewEntry", own.keys() & matching)
                found = {id_of("AccessReviewEntry", each.id): each for each in own.values()}
                emails = []
                for node in review["entries"]["nodes"]:
                    entry = found[node["id"]]
                    emails.append(entry.email)
                    assert node["decision"] == marks.get(entry.id)
                    assert node["removable"] == is_removable(world, entry)
                assert emails == sorted(emails, reverse=order == "USER_DESC")
