"""Checks of this machine and its settings: public address, name resolution, data folder, secret key."""

import asyncio
import os
import shutil
import socket
import stat
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from app.cli.doctor.result import CheckResult, fail, ok, or_ok, warn
from app.data_folder import SECRET_KEY_FILE, other_owner
from app.settings import Settings

LOCAL = ("localhost", "127.0.0.1", "::1")

RESOLVE_SECONDS = 5

LITTLE_BYTES, NO_BYTES = 2 * 2**30, 200 * 2**20
"""Free space below which the check warns and fails, in bytes."""

DEVELOPMENT = ("PORTICO_TEST_", "PORTICO_CHROMIUM", "PORTICO_FORMER")
"""What the names of variables for tests begin with."""

PUBLIC_MODES = stat.S_IRWXG | stat.S_IRWXO


def check_settings(settings: Settings) -> list[CheckResult]:
    """Settings that are valid, and contradict each other or what a public server needs."""
    name, public = "settings", urlsplit(settings.address()).hostname not in LOCAL
    problems = [
        warn(name, "PORTICO_DEMO is on, and the passwords of its users are public.", "Unset PORTICO_DEMO.")
        if settings.demo and public
        else None,
        warn(
            name,
            f"The public address {settings.address()} isn't https, so passwords and sessions travel in clear text.",
            "Serve Portico behind a proxy with TLS, and set PORTICO_BASE_URL to the https address.",
        )
        if public and not settings.is_https()
        else None,
        warn(
            name,
            "PORTICO_TRUSTED_PROXIES is empty, although https needs a proxy: all callers seem to come from it.",
            "Set PORTICO_TRUSTED_PROXIES to the addresses of the proxy.",
        )
        if settings.is_https() and not settings.trusted_proxies
        else None,
        warn(
            name,
            "Staff see all organizations, and may sign in by password alone.",
            "Set PORTICO_STAFF_SECOND_FACTOR, or let staff sign in at a provider only (PORTICO_STAFF_REQUIRED).",
        )
        if public and not settings.staff_second_factor and not settings.staff_required
        else None,
        warn(
            name,
            "PORTICO_MAIL_WORKER is off: without a `portico worker`, no mail is sent and no access review recorded.",
            "Run `portico worker`, or turn it on.",
        )
        if not settings.mail_worker
        else None,
        *map(_unknown, sorted(unknown_variables(os.environ))),
    ]
    return or_ok(name, problems, f"valid; the public address is {settings.address()}")


def unknown_variables(environment: Mapping[str, str]) -> set[str]:
    """The variables that look like a setting, and are none."""
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    return {name for name in environment if name.startswith("PORTICO_") and not name.startswith(DEVELOPMENT)} - known


def _unknown(name: str) -> CheckResult:
    known = [str(field.validation_alias) for field in Settings.model_fields.values()]
    without = name.removeprefix("PORTICO_")  # DATABASE_URL and SMTP_URL have no prefix
    similar = [without] if without in known else get_close_matches(name, known, 1, 0.8)
    remedy = f"Is it meant to be {similar[0]}?" if similar else "Remove it. `portico settings` lists all settings."
    return warn("settings", f"{name} is set, but there is no such setting.", remedy)


async def check_name(settings: Settings) -> list[CheckResult]:
    """Whether the name in the public address can be resolved here. Mailed links lead there."""
    name, host = "dns", urlsplit(settings.address()).hostname or ""
    if host in LOCAL or _is_address(host):
        return [ok(name, f"{host} needs none")]
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (TimeoutError, OSError) as error:
        reason = str(error) or f"no answer within {RESOLVE_SECONDS} seconds"
        remedy = "Correct PORTICO_BASE_URL, or add the name to the DNS: links in mails lead there."
        return [fail(name, f"{host} can't be resolved here: {reason}", remedy)]
    return [ok(name, f"{host} is {', '.join(sorted({str(entry[4][0]) for entry in found}))}")]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_data_folder(settings: Settings) -> list[CheckResult]:
    """Free space, and who may enter the folder."""
    name, folder = "data folder", settings.data_dir
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    room = f"{free / 2**30:,.1f} GiB free"
    if free < NO_BYTES:
        return [
            fail(name, f"{folder}: {room}", "Free some space: PostgreSQL and mails as files stop when there is none.")
        ]
    if free < LITTLE_BYTES:
        return [warn(name, f"{folder}: {room}", "Free some space before it is needed.")]
    if (owner := other_owner(folder)) is not None:
        remedy = f"Run commands as {owner}, as docs/deployment.md says: servers couldn't read what root writes."
        return [fail(name, f"{folder} belongs to {owner}, and this command runs as root.", remedy)]
    if not folder.exists():
        return [ok(name, f"{folder} doesn't exist yet; {room}")]
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_IROTH | stat.S_IRGRP):
        return [warn(name, f"Other users can list or change {folder}.", f"chmod go-rw {folder}")]
    return [ok(name, f"{folder}, {room}")]


def check_key(settings: Settings) -> list[CheckResult]:
    """Where the secret key comes from, and who can read it."""
    name, path = "secret key", settings.data_dir / SECRET_KEY_FILE
    if settings.secret_key is not None:
        return [ok(name, "PORTICO_SECRET_KEY is set")]
    if not path.exists():
        remedy = "Set PORTICO_SECRET_KEY if the servers have one; otherwise the first start generates it."
        return [warn(name, f"There is none yet in {settings.data_dir}.", remedy)]
    problems = [
        _exposed(name, path),
        warn(
            name,
            "The key is a file on this machine, and DATABASE_URL is a database that other machines may use, too.",
            f"Set PORTICO_SECRET_KEY to the contents of {path} on all machines.",
        )
        if settings.database_url is not None
        else None,
    ]
    return or_ok(name, problems, f"{path}, private")


def _exposed(name: str, path: Path) -> CheckResult | None:
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & PUBLIC_MODES:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        return fail(name, f"Other users can read or change {path} (mode {mode}).", f"chmod 600 {path}")
    if status.st_uid != os.geteuid():
        return warn(name, f"{path} belongs to user {status.st_uid}.", f"Run this as that user, or chown {path}.")
    return None
