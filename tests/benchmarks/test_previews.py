"""The pages of the benchmark of access previews are valid, and rows that differ end it."""

import pytest

from benchmarks.previews import PAGES, PREVIEW, _same_rows
from benchmarks.requests import AnswersDiffer
from resolvers.query.selection import Request
from schema.execution.execution import QueryRun
from tests.support.worlds.planner_fixtures import operations


@pytest.mark.parametrize("fields", PAGES.values(), ids=PAGES)
def test_a_page_can_be_read_and_previewed(fields: str) -> None:
    assert isinstance(operations().prepare(f"{{ {fields} }}", None, {}), Request)
    assert isinstance(operations().prepare(PREVIEW % fields, None, {"input": {}}), QueryRun)


def test_the_rows_are_the_same() -> None:
    page = {"users": {"totalCount": 1, "nodes": [{"id": "usr_1"}]}}
    assert _same_rows(page, {"accessPreview": {"after": page}}) == 1
    other = {"users": {"totalCount": 1, "nodes": [{"id": "usr_2"}]}}
    with pytest.raises(AnswersDiffer):
        _same_rows(page, {"accessPreview": {"after": other}})
