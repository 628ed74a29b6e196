"""The page on which people try the API, of a build that the tests make up."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.console.built_files import BuiltConsole
from app.pages import ASSETS
from app.pages.demo_sign_in import demo_sign_ins
from app.pages.graphiql import GraphiQLPage
from tests.support.server import Client, codes, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUILT = BuiltConsole(graphiql='<base href="/console/"><meta name="portico" content="{}"><p>GraphiQL</p>')


async def response_of(page: GraphiQLPage) -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=[Route("/graphiql", page.show)]))
    async with httpx.AsyncClient(transport=transport, base_url="https://portico.example") as client:
        return await client.get("/graphiql")


async def test_the_page_may_load_files_of_this_server_and_nothing_else() -> None:
    page = await response_of(GraphiQLPage(BUILT))
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["font-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "default"
    assert not re.search(r"unsafe|https?:", page.headers["content-security-policy"])


async def test_demo_users_are_offered_in_the_demo_only() -> None:
    assert "portico-demo" not in (await response_of(GraphiQLPage(BUILT))).text
    page = (await response_of(GraphiQLPage(BUILT, demo_users=demo_sign_ins()))).text
    assert {"ada@acme.example", "staff@portico.example"} <= set(re.findall(r"[\w.]+@[\w.]+", page))
    assert not re.search("pat@acme.example|eve@acme.example|rob@acme.example", page)


async def test_the_page_finds_its_files_below_the_path_of_the_server() -> None:
    assert '<base href="/portico/console/">' in (await response_of(GraphiQLPage(BUILT, "/portico"))).text


async def test_without_a_build_the_page_says_why() -> None:
    page = await response_of(GraphiQLPage(BuiltConsole(failure="Node was not found.")))
    assert page.status_code == 503
    assert "GraphiQL is unavailable" in page.text
    assert "Node was not found." in page.text


async def test_files_of_pages_are_served_and_nothing_else(client: Client) -> None:
    for file in ASSETS.iterdir():
        answer = await client.http.get(f"/assets/{file.name}")
        assert answer.status_code == 200
        assert {".css": "text/css", ".js": "javascript", ".svg": "image/svg"}[file.suffix] in answer.headers[
            "content-type"
        ]
    for path in ("/assets/../__init__.py", "/assets/..%2f__init__.py", "/assets/", "/assets/%00"):
        assert (await client.http.get(path)).status_code == 404


async def test_a_setting_takes_the_page_away(shared_demo_database_url: str, tmp_path: Path) -> None:
    async with serving(shared_demo_database_url, tmp_path, graphiql=False) as client:
        assert (await client.http.get("/graphiql")).status_code == 404
        browser = await client.http.get("/graphql", headers={"Accept": "text/html"})
        assert browser.status_code == 406


async def test_by_https_nothing_tells_of_the_api_unless_asked_to(shared_demo_database_url: str, tmp_path: Path) -> None:
    default = {"graphiql": None, "introspection": None, "suggestions": None}
    async with serving(shared_demo_database_url, tmp_path, **default) as client:
        assert (await client.http.get("/graphiql")).status_code == 404
        assert codes(await client.answer("{ __schema { queryType { name } } }")) == ["INTROSPECTION_OFF"]
        assert await client.data("{ __typename }") == {"__typename": "Query"}
        [error] = (await client.answer("{ viewr { permissions } }"))["errors"]
        assert error["message"] == "Cannot query field 'viewr' on type '…'."
    async with serving(shared_demo_database_url, tmp_path, **default, base_url="http://portico.example") as client:
        assert (await client.http.get("/graphiql")).status_code != 404
        assert (await client.data("{ __schema { queryType { name } } }"))["__schema"]
        [error] = (await client.answer("{ viewr { permissions } }"))["errors"]
        assert "Did you mean 'viewer'?" in error["message"]
