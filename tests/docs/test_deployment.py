"""The files for deployment: the programs that they are for accept them, and the proxies do what security asks."""

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
import yaml

from app.settings import Settings
from tests.support.http import echo_server
from tests.support.http.echo_server import Echo
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "deployment"
HOST = "portal.example.com"
FORGED = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "http", "Forwarded": "for=192.0.2.66"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


class Proxy:
    """A proxy with the configuration of the documentation, but on other ports, and with a certificate of the test."""

    def __init__(self, folder: Path, upstream: int, changes: Mapping[str, str]) -> None:
        self.folder, self.upstream, self.changes = folder, upstream, changes
        self.http, self.https = free_port(), free_port()
        authority = trustme.CA()
        certificate = authority.issue_cert(HOST)
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        certificate.cert_chain_pems[0].write_to_path(self.certificate)
        certificate.private_key_pem.write_to_path(self.key)
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)

    def configured(self, name: str, **changes: str) -> str:
        """The text of a file, with changes, each of which must apply."""
        text = (FOLDER / name).read_text()
        for old, new in {"127.0.0.1:8000": f"127.0.0.1:{self.upstream}", **changes, **self.changes}.items():
            assert old in text, f"{name} lacks {old!r}"
            text = text.replace(old, new)
        return text

    def client(self) -> httpx.AsyncClient:
        """A client that reaches the proxy by the name of the portal."""
        transport = httpx.AsyncHTTPTransport(verify=self.trust, limits=httpx.Limits(max_connections=200))
        return httpx.AsyncClient(
            transport=transport, base_url=f"https://127.0.0.1:{self.https}", headers={"Host": HOST}, timeout=30
        )


def nginx(proxy: Proxy) -> list[str]:
    site = proxy.configured(
        "nginx.conf",
        **{
            "listen 80;": f"listen 127.0.0.1:{proxy.http};",
            "listen 443 ssl": f"listen 127.0.0.1:{proxy.https} ssl",
            "/etc/ssl/certs/portal.example.com.pem": str(proxy.certificate),
            "/etc/ssl/private/portal.example.com.key": str(proxy.key),
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {proxy.folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    http = f"http {{ access_log off; {temporary} {site} }}"
    main = f"daemon off; pid {proxy.folder}/pid; error_log stderr; events {{}} {http}"
    file = proxy.folder / "nginx.conf"
    file.write_text(main)
    return ["nginx", "-c", str(file), "-p", str(proxy.folder)]


def haproxy(proxy: Proxy) -> list[str]:
    text = proxy.configured(
        "haproxy.cfg",
        **{
            "bind :80": f"bind 127.0.0.1:{proxy.http}",
            "bind :443": f"bind 127.0.0.1:{proxy.https}",
            "/etc/haproxy/portal.example.com.pem": str(proxy.folder / "both.pem"),
        },
    )
    file = proxy.folder / "haproxy.cfg"
    file.write_text(text)
    return ["haproxy", "-db", "-f", str(file)]


def caddy(proxy: Proxy) -> list[str]:
    text = proxy.configured(
        "Caddyfile", **{"portal.example.com {": f"{HOST} {{\n\ttls {proxy.certificate} {proxy.key}\n\tbind 127.0.0.1"}
    )
    options = f"{{\n\tadmin off\n\thttp_port {proxy.http}\n\thttps_port {proxy.https}\n\tskip_install_trust\n}}\n"
    file = proxy.folder / "Caddyfile"
    file.write_text(options + text)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


PROXIES: dict[str, Callable[[Proxy], list[str]]] = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}
STRICT = {
    "nginx": {"rate=50r/s": "rate=1r/s", "burst=200": "burst=5"},
    "haproxy": {"sc_http_req_rate(0) gt 500": "sc_http_req_rate(0) gt 5"},
}
"""The proxies that limit requests for each address by themselves, with limits that a test can reach."""


@asynccontextmanager
async def running(
    name: str, folder: Path, changes: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[tuple[Proxy, Echo]]:
    """A running proxy, with changes of its configuration, and what is behind it."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    echo = Echo()
    async with echo_server.running(echo) as server:
        proxy = Proxy(folder, server.port, changes)
        _, *arguments = PROXIES[name](proxy)
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                program, *arguments, stdout=log, stderr=log, env={"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
            )
        try:
            await wait_until_up(proxy, process, folder / "log")
            yield proxy, echo
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def wait_until_up(proxy: Proxy, process: asyncio.subprocess.Process, log: Path) -> None:
    for _ in range(300):
        assert process.returncode is None, log.read_text()
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", proxy.https)
            writer.close()
            return
        await asyncio.sleep(0.05)
    raise AssertionError(log.read_text())


def requests_of(echo: Echo) -> list[str]:
    """The paths that have arrived, without the health checks of a proxy."""
    return [path for _, path, _ in echo.requests if path != "/readyz"]


@pytest.mark.parametrize("name", PROXIES)
async def test_a_proxy_overwrites_what_a_client_says_of_itself(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path) as (proxy, echo), proxy.client() as http:
        response = await http.post("/graphql", content=b"hello", headers=FORGED, extensions={"sni_hostname": HOST})
        assert response.text == "POST /graphql hello"
    [headers] = [
        headers for headers, (_, path, _) in zip(echo.headers, echo.requests, strict=True) if path == "/graphql"
    ]
    named = {key: [value for other, value in headers if other == key] for key, _ in headers}
    assert named[b"x-forwarded-for"] == [b"127.0.0.1"]
    assert named[b"x-forwarded-proto"] == [b"https"]
    assert named[b"host"] == [HOST.encode()]


@pytest.mark.parametrize("name", PROXIES)
async def test_a_proxy_sends_clients_from_http_to_https(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path) as (proxy, echo), httpx.AsyncClient() as http:
        response = await http.get(f"http://127.0.0.1:{proxy.http}/console/?a=b", headers={"Host": HOST})
        assert response.status_code in (301, 308)
        assert response.headers["location"].startswith(f"https://{HOST}")
        assert response.headers["location"].endswith("/console/?a=b")
    assert requests_of(echo) == []


@pytest.mark.parametrize("name", STRICT)
async def test_a_proxy_limits_the_requests_of_an_address(name: str, tmp_path: Path) -> None:
    async with running(name, tmp_path, STRICT[name]) as (proxy, echo), proxy.client() as http:
        statuses = [(await http.get("/healthz", extensions={"sni_hostname": HOST})).status_code for _ in range(40)]
    assert set(statuses) == {200, 429}
    assert len(requests_of(echo)) == statuses.count(200)


def test_no_proxy_limits_more_than_portico_does() -> None:
    most = Settings.model_fields["max_body_bytes"].default
    assert f"client_max_body_size {most};" in (FOLDER / "nginx.conf").read_text()
    assert most == 1_000_000
    assert "max_size 1MB" in (FOLDER / "Caddyfile").read_text()


def test_every_setting_in_the_files_exists() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for file in FOLDER.iterdir():
        named = set(re.findall(r"\bPORTICO_[A-Z_]+", file.read_text()))
        assert named <= known, file.name


def test_the_services_of_compose_depend_on_services() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert set(services) == {"portico", "pgbouncer", "postgres", "mail"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
    portico = services["portico"]
    assert portico["read_only"]
    assert portico["cap_drop"] == ["ALL"]
    pooler = services["pgbouncer"]["environment"]
    assert pooler["POOL_MODE"] == "transaction"
    assert int(pooler["MAX_PREPARED_STATEMENTS"]) > 0
    addresses = [portico["environment"][name] for name in ("DATABASE_URL", "PORTICO_DIRECT_DATABASE_URL")]
    assert [urlsplit(address.replace("${POSTGRES_PASSWORD:?}", "x")).hostname for address in addresses] == [
        "pgbouncer",
        "postgres",
    ]


def test_no_image_is_built_from_the_data_of_a_checkout() -> None:
    """A builder copies the folder, in which there may be a secret key and a database."""

    def patterns(name: str) -> list[str]:
        lines = (ROOT / name).read_text().splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    ignored = [line.rstrip("/") for line in patterns(".gitignore")]
    expected = [line[1:] if line.startswith("/") else f"**/{line}" for line in ignored]
    assert ".portico" in expected
    assert patterns(".dockerignore") == [".git", *expected]


def test_what_the_container_file_copies_is_there() -> None:
    text = (FOLDER / "Containerfile").read_text()
    sources = [source for source in re.findall(r"source=([^,\s]+)", text) if not source.startswith("/")]
    assert sources == ["docs/deployment/requirements.lock"]
    assert all((ROOT / source).is_file() for source in sources)


def test_the_user_of_the_container_owns_its_data_folder() -> None:
    text = (FOLDER / "Containerfile").read_text()
    user, group = re.findall(r"useradd .*--uid (\d+) --gid (\d+)", text)[0]
    assert f"USER {user}:{group}\n" in text
    assert f"groupadd --system --gid {group} portico" in text
    assert "install --directory --owner portico --group portico --mode 700 /var/lib/portico" in text


UNITS = ("portico.service", "portico-worker.service")


@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_the_units(name: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / name
    unit.write_text((FOLDER / name).read_text().replace("/usr/local/lib/portico/bin/portico", "/bin/true"))
    checked = subprocess.run([program, "verify", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_units_have_the_same_hardening_and_watchdog() -> None:
    server, worker = (set((FOLDER / name).read_text().splitlines()) for name in UNITS)
    differ = ("#", "Description=", "After=", "ExecStart=", "ExecReload=", "TimeoutStopSec=", "LimitNOFILE=")
    assert {line for line in server ^ worker if not line.startswith(differ)} == set()
    assert {"Type=notify", "WatchdogSec=60", "LimitCORE=0"} <= server


def test_the_lock_of_the_image_is_a_part_of_the_lock() -> None:
    pin = re.compile(r"^([a-z0-9._-]+==\S+)(?: ; [^\\\n]+)? \\$", re.MULTILINE)
    image = set(pin.findall((FOLDER / "requirements.lock").read_text()))
    whole = set(pin.findall((ROOT / "requirements.lock").read_text()))
    assert len(image) > 30
    assert image <= whole
    assert not {pinned for pinned in image if pinned.startswith(("pytest", "mypy", "ruff", "playwright"))}
