"""Runs nginx, HAProxy and Caddy with the configurations of the documentation, in front of a server of a test."""

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from getpass import getuser
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
import trustme
from starlette.types import ASGIApp

from benchmarks.servers import free_port
from tests.support.http import echo_server
from tests.support.http.echo_server import Echo
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "deployment"
HOST = "portal.example.com"


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
    # The folder of a test belongs to whoever runs it.
    main = f"user {getuser()}; daemon off; pid {proxy.folder}/pid; error_log stderr; events {{}} {http}"
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


@asynccontextmanager
async def running(
    name: str,
    folder: Path,
    changes: Mapping[str, str] = MappingProxyType({}),
    upstream: int | None = None,
    application: ASGIApp | None = None,
) -> AsyncIterator[tuple[Proxy, Echo]]:
    """A running proxy, with changes of its configuration, and what is behind it: an application that repeats what it
    receives, or another `application`. `upstream` is another port behind it."""
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    echo = Echo()
    async with echo_server.running(application or echo) as server:
        proxy = Proxy(folder, upstream or server.port, changes)
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
