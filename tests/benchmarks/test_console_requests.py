"""Every query of the console is measured for growth."""

import re

import pytest

from benchmarks import console_requests
from benchmarks.console_requests import VARIABLES
from benchmarks.list_requests import FilterSamples
from tests.support.paths import ROOT

SAMPLES = FilterSamples({"User": "usr_1"}, {"company": "ACME"}, {}, {}, {}, {})
SOURCES = [
    path.read_text()
    for path in sorted((ROOT / "console" / "src").rglob("*.ts*"))
    if not {"gql", "graphiql"} & {*path.parts}
]


def built(monkeypatch: pytest.MonkeyPatch, *documents: str) -> None:
    """Lets the built console have these documents."""
    texts = {str(number).encode(): text for number, text in enumerate(documents)}
    monkeypatch.setattr(console_requests, "read_documents", lambda: texts)


def test_each_query_has_variables_and_each_variable_is_its_own() -> None:
    found = dict(re.findall(r"(?m)^\s*query (\w+)(?:\(([^)]*)\))?", "\n".join(SOURCES)))
    assert found.keys() == VARIABLES.keys()
    for name, parameters in found.items():
        named = set(re.findall(r"\$(\w+)", parameters))
        needed = set(re.findall(r"\$(\w+): \w+!", parameters))
        for variables in VARIABLES[name].values():
            assert needed <= variables.keys() <= named, name


def test_what_the_viewer_has_no_row_for_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, "query UserCard($id: ID!) { x }", "query ChangedAccess { x }", "mutation SignOut { x }")
    requests = [(request.list, request.variables) for request in console_requests.console_requests(SAMPLES)]
    assert [variables["id"] for name, variables in requests if name == "UserCard"] == ["usr_1"] * 3
    assert not [name for name, variables in requests if name == "ChangedAccess"]
