"""The page on which people try the API."""

import re
from pathlib import Path

import pytest

from app.pages import ASSETS
from app.pages.graphiql import FILES
from tests.support.server import Client, codes, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_page_may_load_what_it_names_and_nothing_else(client: Client) -> None:
    page = await client.http.get("/graphiql")
    assert page.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["connect-src"] == "'self'"
    foreign = {source for name in ("script-src", "style-src") for source in policy[name].split()} - {"'self'"}
    assert foreign == {file.url for file in FILES}
    assert not re.search(r"<script(?![^>]*(src=|application/json))|<style|\son\w+=|\sstyle=", page.text)


async def test_foreign_files_are_pinned_by_version_and_hash(client: Client) -> None:
    page = (await client.http.get("/graphiql")).text
    for file in FILES:
        assert re.search(r"@\d+\.\d+\.\d+/", file.url)
        assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", file.integrity)
        assert file.url in page


async def test_all_files_of_the_page_are_served(client: Client) -> None:
    page = (await client.http.get("/graphiql")).text
    named = set(re.findall(r'(?:src|href)="assets/([^"]+)"', page))
    for script in ASSETS.glob("*.js"):
        named |= set(re.findall(r'from "\./([^"]+)"', script.read_text()))
    assert named == {file.name for file in ASSETS.iterdir()}
    for name in named:
        answer = await client.http.get(f"/assets/{name}")
        assert answer.status_code == 200
        kind = {".js": "javascript", ".css": "text/css", ".svg": "image/svg"}[Path(name).suffix]
        assert kind in answer.headers["content-type"]


async def test_nothing_outside_of_the_assets_is_served(client: Client) -> None:
    for path in ("/assets/../__init__.py", "/assets/..%2f__init__.py", "/assets/", "/assets/%00"):
        assert (await client.http.get(path)).status_code == 404


async def test_demo_users_are_offered_in_the_demo_only(
    client: Client, shared_database_url: str, tmp_path: Path
) -> None:
    assert "portico-demo" not in (await client.http.get("/graphiql")).text
    async with serving(shared_database_url, tmp_path, demo=True) as demo:
        page = (await demo.http.get("/graphiql")).text
    offered = re.findall(r'data-email="([^"]+)"', page)
    assert "ada@acme.example" in offered
    assert "staff@portico.example" in offered
    assert not {"pat@acme.example", "eve@acme.example", "rob@acme.example"} & set(offered)


async def test_a_setting_takes_the_page_away(shared_database_url: str, tmp_path: Path) -> None:
    async with serving(shared_database_url, tmp_path, graphiql=False) as client:
        assert (await client.http.get("/graphiql")).status_code == 404
        browser = await client.http.get("/graphql", headers={"Accept": "text/html"})
        assert browser.status_code == 406


async def test_by_https_nothing_tells_of_the_api_unless_asked_to(shared_database_url: str, tmp_path: Path) -> None:
    default = {"graphiql": None, "introspection": None, "suggestions": None}
    async with serving(shared_database_url, tmp_path, **default) as client:
        assert (await client.http.get("/graphiql")).status_code == 404
        assert codes(await client.answer("{ __schema { queryType { name } } }")) == ["INTROSPECTION_OFF"]
        assert await client.data("{ __typename }") == {"__typename": "Query"}
        [error] = (await client.answer("{ viewr { permissions } }"))["errors"]
        assert error["message"] == "Cannot query field 'viewr' on type '…'."
    async with serving(shared_database_url, tmp_path, **default, base_url="http://portico.example") as client:
        assert (await client.http.get("/graphiql")).status_code == 200
        assert (await client.data("{ __schema { queryType { name } } }"))["__schema"]
        [error] = (await client.answer("{ viewr { permissions } }"))["errors"]
        assert "Did you mean 'viewer'?" in error["message"]
