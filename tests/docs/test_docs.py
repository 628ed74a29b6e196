"""What the documents show is what the program does: their queries, statements and answers are the golden ones."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from app.http.errors import HttpCode
from app.oauth.errors import OAuthCode
from models import AuditKind
from resolvers.errors import ErrorCode
from schema.execution.errors import QueryCode
from tests.support.paths import ROOT

PLANS = ROOT / "tests" / "golden" / "plans"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINKING = [*DOCUMENTS, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]


def block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def query(name: str) -> str:
    """The query of a golden plan, without the comments that are for the test."""
    return re.sub(r"^#.*\n", "", (PLANS / f"{name}.graphql").read_text(), flags=re.MULTILINE)


def test_the_readme_shows_the_first_query_and_its_answer() -> None:
    readme = (ROOT / "README.md").read_text()
    assert block("graphql", query("readme_first_query")) in readme
    assert block("json", (PLANS / "readme_first_query.json").read_text()) in readme


def test_the_life_of_a_request_shows_the_worked_example() -> None:
    page = (ROOT / "docs" / "life-of-a-request.md").read_text()
    assert block("graphql", query("worked_example")) in page
    assert block("sql", (PLANS / "worked_example.sql").read_text()) in page
    assert block("json", (PLANS / "worked_example.json").read_text()) in page


@pytest.mark.parametrize("document", LINKING, ids=lambda path: path.stem)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith("https://"):
            assert (document.parent / target).exists(), target


def anchors(document: Path) -> list[str]:
    """The fragments that lead to the headings of a document, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings]
    return [re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain]


@pytest.mark.parametrize("document", LINKING, ids=lambda path: path.stem)
def test_links_to_headings_lead_to_one(document: Path) -> None:
    for target, fragment in re.findall(r"\]\(([^)#\s]*)#([^)]+)\)", document.read_text()):
        place = document.parent / target if target else document
        if not target.startswith("https://") and place.suffix == ".md":
            assert fragment in anchors(place), f"{target}#{fragment}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_no_two_headings_are_the_same(document: Path) -> None:
    found = anchors(document)
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_files_that_are_named_are_there(document: Path) -> None:
    folders = ("app", "authz", "benchmarks", "docs", "models", "resolvers", "schema", "tests")
    for named in re.findall(rf"`((?:{'|'.join(folders)})/[\w./]+)`", document.read_text()):
        assert (ROOT / named).exists() or named.startswith("benchmarks/results/"), named


@pytest.mark.parametrize("code", [*ErrorCode, *QueryCode, *HttpCode])
def test_every_error_code_is_documented(code: StrEnum) -> None:
    row = re.search(rf"^\| `{code.value}` \| (.+) \| (.+) \|$", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert row
    if isinstance(code, ErrorCode):
        assert row.groups() == (code.cause, code.remedy)


@pytest.mark.parametrize("code", OAuthCode)
def test_every_oauth_error_is_documented(code: OAuthCode) -> None:
    row = re.search(rf"^\| `{code.value}` \| (.+) \| (.+) \|$", (ROOT / "docs" / "oauth.md").read_text(), re.MULTILINE)
    assert row


def test_audit_kinds_are_a_noun_and_what_happened_to_it() -> None:
    assert all(re.fullmatch(r"[a-z_]+\.([a-z_]+(ed|ed_off|ed_as|sent|reset)|withdrawn)", kind) for kind in AuditKind)
