"""`portico documents`: what builds of applications register, all of it or nothing."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.cli.output import CHECK_TIME
from tests.support.cli import run

VIEWER = "query Viewer {\n  viewer { user { email } }\n}\n"
TWO = "query A { viewer { ...Me } } query B { viewer { ...Me } } fragment Me on Viewer { permissions }"
BAD = "query Bad {\n  viewer { nonsense }\n}"


def id_of(text: str) -> str:
    return "sha256:" + sha256(text.encode()).hexdigest()


@pytest.fixture
def portico(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs `portico documents` in a folder of its own: exit code, and what it printed."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PORTICO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PORTICO_SECRET_KEY", "k" * 44)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run(monkeypatch, "documents", *arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return command


def registered(portico: Any) -> dict[str, str]:
    """The names of the registered documents, by their ids."""
    return {each["id"]: each["name"] for each in json.loads(portico("list", "--json")[1])}


def test_documents_are_registered_listed_and_removed(portico: Any, tmp_path: Path) -> None:
    (tmp_path / "viewer.graphql").write_text(VIEWER)
    (tmp_path / "persisted.json").write_text(json.dumps({id_of(TWO).removeprefix("sha256:"): TWO}))
    operation = {"id": id_of(VIEWER)[7:], "name": "Viewer", "type": "query", "body": VIEWER}
    manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert portico("add", "viewer.graphql") == (
        0, "Registered 1 new document; 0 already registered.\n", f"Checking policies.polar ({CHECK_TIME})…\n",
    )  # fmt: skip
    code, out, _ = portico("add", "viewer.graphql", "persisted.json", "manifest.json", "--json")
    assert (code, json.loads(out)) == (
        0,
        [{"id": id_of(VIEWER), "name": "Viewer", "new": False}, {"id": id_of(TWO), "name": "A, B", "new": True}],
    )
    assert registered(portico) == {id_of(VIEWER): "Viewer", id_of(TWO): "A, B"}
    listed = portico("list")[1]
    assert id_of(TWO) in listed
    assert "Viewer" in listed
    code, _, said = portico("remove", id_of(VIEWER), id_of(BAD))
    assert (code, said) == (1, f"Nothing was removed: not registered: {id_of(BAD)}\n")
    assert len(registered(portico)) == 2
    assert portico("remove", id_of(VIEWER), id_of(TWO)[7:])[:2] == (0, "Removed 2 documents.\n")
    assert registered(portico) == {}
    assert portico("remove", "viewer.graphql")[0] == 2


EXPECTED = "expected an object of documents by their SHA-256"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad.graphql", BAD, "bad.graphql:2:12: GRAPHQL_VALIDATION_FAILED: Cannot query field 'nonsense'"),
        ("bad.gql", "query {", "bad.gql:1:8: GRAPHQL_PARSE_FAILED: "),
        ("deep.graphql", "{ a" * 50 + "}" * 50, "deep.graphql:1:"),
        ("fragment.graphql", "fragment F on Viewer { permissions }", "fragment.graphql:1:1: GRAPHQL_VALIDATION_FAILED"),
        (
            "persisted.json",
            json.dumps({id_of(TWO)[7:]: TWO, id_of(BAD): BAD}, indent=1),
            f"persisted.json:3: line 2, column 12 of {id_of(BAD)}: GRAPHQL_VALIDATION_FAILED",
        ),
        ("md5.json", json.dumps({"5d41402abc4b2a76b9719d911017c592": TWO}), "md5.json:1: 5d41402abc4b2a76b9719d9"),
        ("wrong.json", json.dumps({id_of(VIEWER): TWO}), "this is not the SHA-256 of the document"),
        ("list.json", "[]", f"list.json: {EXPECTED}"),
        ("empty.json", "{}", f"empty.json: {EXPECTED}"),
        ("numbers.json", '{"a": 1}', f"numbers.json: {EXPECTED}"),
        ("apollo.json", '{"format": "apollo-persisted-query-manifest"}', f"apollo.json: {EXPECTED}"),
        ("half.json", json.dumps({"a": "\ud800"}), "half.json: it contains lone surrogates, which are not valid text"),
        ("cut.json", "{", "cut.json: the file is not JSON"),
        ("latin.graphql", b"{ viewer } # \xe9", "latin.graphql: the file is not UTF-8"),
        ("page.txt", VIEWER, "page.txt: the name must end in .graphql, .gql or .json"),
    ],
)  # fmt: skip
def test_one_bad_document_and_nothing_is_registered(
    portico: Any, tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    (tmp_path / "viewer.graphql").write_text(VIEWER)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    code, out, err = portico("add", "viewer.graphql", name)
    assert (code, out) == (1, "")
    assert said in err
    assert err.endswith("Nothing was registered.\n")
    assert registered(portico) == {}
