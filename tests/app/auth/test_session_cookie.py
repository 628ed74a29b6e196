"""Which requests may use a session cookie: those of our own pages, and nobody else's."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import pytest_asyncio

from app.auth.session_cookie import CookieSite, cookie_of, set_cookie_headers
from app.demo.example_users import PASSWORD
from app.http.cors import REQUEST_HEADERS
from tests.support.http.browser import NAME, OWN, SIGN_IN, Browser, is_session, set_cookies
from tests.support.server import BASE_URL, Client, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("session_cookie")]

EVIL = "https://evil.example"
SUE, PIA = "sue@acme.example", "pia@pear.example"
VIEWER = "{ viewer { user { email } } }"
SIGN_OUT = "mutation { signOut { signedOut errors { code } } }"


@pytest_asyncio.fixture(loop_scope="module")
async def signed_in(client: Client) -> Browser:
    """A browser with a session of Sue's."""
    return Browser(client, {NAME: await client.session(SUE)})


@dataclass(frozen=True)
class Row:
    """A request with a cookie: its headers where they differ from those of our own page, and what comes of it."""

    about: str
    headers: Mapping[str, str | None]
    is_user: bool = False
    status: int = 200
    argument: str | None = None


def ignored(about: str, **headers: str | None) -> Row:
    """A request that is anonymous."""
    return Row(about, _names(headers))


def rejected(about: str, argument: str, **headers: str | None) -> Row:
    """A request with the header of ours, from elsewhere."""
    return Row(about, _names(headers), status=400, argument=argument)


def _names(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


FOREIGN: dict[str, str | None] = {"Origin": EVIL, "Sec_Fetch_Site": "cross-site"}
MATRIX = [
    Row("our own page", {}, is_user=True),
    Row("our own page in a browser without Sec-Fetch-Site", {"Sec-Fetch-Site": None}, is_user=True),
    Row("JSON with a charset", {"Content-Type": "application/json; charset=utf-8"}, is_user=True),
    ignored("a fetch of another site, with credentials", Portico_Session=None, **FOREIGN),
    ignored("a fetch of a page of ours without the header", Portico_Session=None),
    ignored("a program that has stolen nothing but the cookie's name", Portico_Session=None, Origin=None),
    rejected("a fetch of another site that passed its preflight", "Origin", **FOREIGN),
    rejected("a page of another site in an old browser", "Origin", Origin=EVIL, Sec_Fetch_Site=None),
    rejected("a sandboxed page", "Origin", Origin="null", Sec_Fetch_Site="cross-site"),
    rejected("a page of a subdomain", "Origin", Origin="https://www.portico.example", Sec_Fetch_Site="same-site"),
    rejected("a page of the parent domain", "Origin", Origin="https://example", Sec_Fetch_Site="same-site"),
    rejected("the same host without TLS", "Origin", Origin="http://portico.example", Sec_Fetch_Site="cross-site"),
    rejected("the same host at another port", "Origin", Origin=f"{BASE_URL}:8443", Sec_Fetch_Site="same-site"),
    rejected("an origin that begins as ours does", "Origin", Origin=f"{BASE_URL}.evil.example"),
    rejected("an origin with a path", "Origin", Origin=f"{BASE_URL}/"),
    rejected("no origin", "Origin", Origin=None),
    rejected("our origin, and a browser that says otherwise", "Sec-Fetch-Site", Sec_Fetch_Site="cross-site"),
    rejected("a sibling, by Sec-Fetch-Site", "Sec-Fetch-Site", Sec_Fetch_Site="same-site"),
    rejected("an address that was typed", "Sec-Fetch-Site", Sec_Fetch_Site="none"),
    rejected("another value of the header", "Portico-Session", Portico_Session="1"),
    rejected("no value of the header", "Portico-Session", Portico_Session=""),
    ignored("a token of nobody beside it", Authorization="Bearer abc"),
    ignored("another scheme beside it", Authorization="Basic c3VlOng="),
    ignored("an empty Authorization beside it", Authorization=""),
    *(
        Row(f"a form, as {type_}", {"Portico-Session": None, "Content-Type": type_, **_names(FOREIGN)}, status=415)
        for type_ in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    ),
    Row("a form with JSON in its type's parameter", {"Content-Type": "text/plain; application/json"}, status=415),
    Row("no type", {"Content-Type": None}, status=415),
]


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.about)
async def test_only_our_own_page_uses_the_cookie(signed_in: Browser, row: Row) -> None:
    token = signed_in.cookies[NAME]
    read = await signed_in.send(VIEWER, row.headers)
    assert read.status_code == row.status
    user = {"email": SUE} if row.is_user else None
    if row.status == 200:
        viewer = read.json()["data"]["viewer"]
        assert (viewer and viewer["user"]) == user
    else:
        assert read.json()["errors"][0]["extensions"].get("argument") == (row.argument or "Content-Type")
    changed = await signed_in.send(SIGN_OUT, row.headers)
    assert changed.status_code == row.status
    assert await is_session(signed_in.client, token) is not row.is_user
    # And no foreign page takes the cookie away.
    assert bool(set_cookies(changed)) is row.is_user
    assert not set_cookies(read)


async def test_a_get_never_uses_it(signed_in: Browser) -> None:
    cookie = {"Cookie": f"{NAME}={signed_in.cookies[NAME]}"}
    plain = await signed_in.client.http.get("/graphql", params={"query": VIEWER}, headers=cookie)
    assert plain.json()["data"] == {"viewer": None}
    asking = await signed_in.client.http.get("/graphql", params={"query": VIEWER}, headers=cookie | OWN)
    assert asking.status_code == 400
    mutation = await signed_in.client.http.get("/graphql", params={"query": SIGN_OUT}, headers=cookie)
    assert mutation.status_code == 405
    assert await is_session(signed_in.client, signed_in.cookies[NAME])


async def test_the_token_in_authorization_counts(signed_in: Browser) -> None:
    headers = {"Authorization": f"Bearer {await signed_in.client.session(PIA)}"}
    answer = await signed_in.send(VIEWER, headers)
    assert answer.json()["data"] == {"viewer": {"user": {"email": PIA}}}
    assert (await signed_in.send(SIGN_OUT, headers)).json()["data"]["signOut"]["signedOut"]
    # That was the session of the token.
    assert await signed_in.data(VIEWER) == {"viewer": {"user": {"email": SUE}}}


async def test_other_origins_get_no_credentials(
    shared_demo_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    portal = "https://portal.example.com"
    async with serving(shared_demo_database_url, tmp_path_factory.mktemp("data"), cors_origins=portal) as client:
        browser = Browser(client, {NAME: await client.session(SUE)})
        asked = {"Origin": portal, "Access-Control-Request-Method": "POST"}
        wanted = {"Access-Control-Request-Headers": "content-type, portico-session"}
        preflight = await client.http.options("/graphql", headers=asked | wanted)
        assert preflight.status_code == 400
        assert "portico-session" not in preflight.headers["access-control-allow-headers"].lower()
        plain = await browser.send(VIEWER, {"Origin": portal, "Sec-Fetch-Site": "cross-site", "Portico-Session": None})
        assert plain.json()["data"] == {"viewer": None}
        assert "access-control-allow-credentials" not in {*preflight.headers, *plain.headers}
        started = await browser.send(
            SIGN_IN,
            {"Origin": portal, "Sec-Fetch-Site": "cross-site", "Portico-Session": None},
            email=SUE,
            password=PASSWORD,
        )
        payload = started.json()["data"]["signIn"]
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [("INVALID", ["input", "session"])]
        assert payload["token"] is None
        assert not set_cookies(started)
    assert "Portico-Session" not in REQUEST_HEADERS


# Where no base URL is set


SITES = {
    "an address": ("127.0.0.1:8000", "http://127.0.0.1:8000"),
    "an address in a network": ("192.168.1.5", "http://192.168.1.5"),
    "IPv6": ("[::1]:8000", "http://[::1]:8000"),
    "localhost": ("LOCALHOST:8000", "http://localhost:8000"),
    "a name of this machine": ("console.localhost:8000", "http://console.localhost:8000"),
    "the configured name": ("portico.lan:8000", "http://portico.lan:8000"),
    "the default port": ("localhost:80", "http://localhost"),
    "a name of somebody else, rebound": ("evil.example:8000", None),
    "a name that ends alike": ("notlocalhost:8000", None),
    "two names": ("localhost,evil.example", None),
    "a name and a password": ("localhost@evil.example", None),
    "half an IPv6 address": ("[::1", None),
    "an impossible port": ("localhost:99999", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize("about", SITES)
async def test_without_a_base_url_the_address_counts_and_no_unknown_name(about: str) -> None:
    host, origin = SITES[about]
    scope = {"type": "http", "scheme": "http", "headers": [(b"host", host.encode())]}
    assert CookieSite.of(None, "portico.lan").origin_for(scope) == origin
    assert CookieSite.of("https://portico.example/path", "portico.lan").origin_for(scope) == BASE_URL


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        (None, "portico-session-8000"),
        ("http://127.0.0.1:8000", "portico-session-8000"),
        ("http://portico.internal", "portico-session"),
        ("https://portico.example:8443/path", "__Host-portico-session-8443"),
    ],
)
async def test_its_name_and_attributes_follow_from_the_address(base_url: str | None, name: str) -> None:
    scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"127.0.0.1:8000")]}
    cookie_of(scope, CookieSite.of(base_url, "127.0.0.1")).issue("secret")
    ((header, value),) = set_cookie_headers(scope)
    secure = "; Secure" if name.startswith("__Host-") else ""
    assert (header, value.decode()) == (b"set-cookie", f"{name}=secret; Path=/; HttpOnly; SameSite=Strict{secure}")
