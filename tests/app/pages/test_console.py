"""The console's page and files, of a build that the tests make up."""

import gzip
import hashlib
import json
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.console.built_files import NOT_BUILT, BuiltConsole, read_build, read_documents
from app.pages.built_page import CONTENT_SECURITY_POLICY
from app.pages.console import ConsolePages, accepted_codings
from app.pages.demo_sign_in import DemoSignIn

SCRIPT = '<script src="./assets/index-1a2b.js"></script>'
INDEX = f'<base href="/console/"><meta name="portico" content="{{}}">{SCRIPT}'
QUERY = "query WhoAmI { viewer { user { id } } }"


def write_build(folder: Path) -> None:
    assets = folder / "assets"
    assets.mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "graphiql.html").write_text(INDEX)
    digest = hashlib.sha256(QUERY.encode()).hexdigest()
    (folder / "documents.json").write_text(json.dumps({f"sha256:{digest}": QUERY}))
    (folder / "licences.txt").write_text("react 19 (MIT)")
    (assets / "index-1a2b.js").write_text("plain")
    (assets / "index-1a2b.js.br").write_text("by Brotli")
    (assets / "index-1a2b.js.gz").write_bytes(gzip.compress(b"by gzip"))
    (assets / "mark-3c4d.svg").write_text("<svg/>")


def client_of(pages: ConsolePages) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=pages.routes())), base_url="https://portico.example"
    )


@pytest.fixture
def built(tmp_path: Path) -> BuiltConsole:
    write_build(tmp_path)
    return read_build(tmp_path)


@pytest.mark.parametrize("path", ["", "sign-in", "users/organization?status=ACTIVE", "users/usr_1/anything"])
async def test_every_address_below_shows_the_page_which_is_never_cached(built: BuiltConsole, path: str) -> None:
    async with client_of(ConsolePages(built)) as client:
        page = await client.get(f"/console/{path}")
    assert page.status_code == 200
    assert SCRIPT in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-type"].startswith("text/html")


async def test_the_page_may_load_only_files_of_this_server(built: BuiltConsole) -> None:
    async with client_of(ConsolePages(built)) as client:
        page = await client.get("/console/")
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy == CONTENT_SECURITY_POLICY
    assert policy["default-src"] == policy["trusted-types"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_files_are_immutable_and_compressed_as_the_client_accepts(built: BuiltConsole) -> None:
    async with client_of(ConsolePages(built)) as client:
        for accepted, coding in {
            "gzip, br": "br",
            "gzip": "gzip",
            "br;q=0, gzip;q=0.5": "gzip",
            "identity": None,
        }.items():
            file = await client.get("/console/assets/index-1a2b.js", headers={"accept-encoding": accepted})
            assert file.headers.get("content-encoding") == coding
            assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert file.headers["content-type"] == "text/javascript; charset=utf-8"
            assert file.headers["vary"] == "Accept-Encoding"
        picture = await client.get("/console/assets/mark-3c4d.svg")
    assert picture.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("name", ["index-0000.js", "index-1a2b.js.br", "", "%2e%2e/documents.json"])
async def test_a_file_of_another_version_is_missing_and_never_the_page(built: BuiltConsole, name: str) -> None:
    async with client_of(ConsolePages(built)) as client:
        file = await client.get(f"/console/assets/{name}")
    assert file.status_code == 404
    assert SCRIPT not in file.text


async def test_the_bare_address_leads_to_the_console(built: BuiltConsole) -> None:
    async with client_of(ConsolePages(built)) as client:
        for path in ("/", "/console"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "console/")


async def test_below_a_path_the_page_finds_its_files_there(built: BuiltConsole) -> None:
    async with client_of(ConsolePages(built, "/portico")) as client:
        assert '<base href="/portico/console/">' in (await client.get("/console/sign-in")).text


async def test_demo_users_are_in_the_page_as_text(built: BuiltConsole) -> None:
    user = DemoSignIn("ada@acme.example", "portico-demo", 'admin of "ACME" <all>')
    async with client_of(ConsolePages(built, demo_users=[user])) as client:
        page = (await client.get("/console/")).text
    assert "ada@acme.example" in page
    assert "<all>" not in page


async def test_without_a_build_the_page_says_why(tmp_path: Path) -> None:
    (tmp_path / "failure.txt").write_text("The packages could not be installed:\n<ENOTFOUND>")
    async with client_of(ConsolePages(read_build(tmp_path))) as client:
        page = await client.get("/console/users/organization")
        assert (await client.get("/console/assets/index-1a2b.js")).status_code == 404
        assert (await client.get("/console/licences.txt")).status_code == 404
    assert page.status_code == 503
    assert "The packages could not be installed:" in page.text
    assert "&lt;ENOTFOUND&gt;" in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("missing", ["index.html", "graphiql.html", "licences.txt"])
def test_a_build_of_an_older_version_counts_as_none(tmp_path: Path, missing: str) -> None:
    write_build(tmp_path)
    assert read_build(tmp_path).failure is None
    (tmp_path / missing).unlink()
    assert read_build(tmp_path).failure == NOT_BUILT


async def test_the_licences_are_shown(built: BuiltConsole) -> None:
    async with client_of(ConsolePages(built)) as client:
        assert (await client.get("/console/licences.txt")).text == "react 19 (MIT)"


def test_documents_are_known_by_their_digest(tmp_path: Path) -> None:
    assert read_documents(tmp_path) == {}
    write_build(tmp_path)
    assert read_documents(tmp_path) == {hashlib.sha256(QUERY.encode()).digest(): QUERY}


@pytest.mark.parametrize(
    ("header", "codings"),
    [("", set()), ("gzip, br", {"gzip", "br"}), ("br;q=0", set()), ("GZIP ; q=0.1", {"gzip"}), ("br;q=0.000", set())],
)
def test_codings_are_accepted_by_weight(header: str, codings: set[str]) -> None:
    assert accepted_codings(header) == codings
