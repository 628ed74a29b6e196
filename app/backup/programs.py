"""Finds the `pg_dump` and `pg_restore` that fit a server, and runs them.

`pg_dump` reads servers of its own version and older ones. The programs of the embedded PostgreSQL can't encrypt
connections, so for a server that is reached by TLS, those of the system are used.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from app.backup.errors import BackupError
from app.database.hosts import hosts_of
from app.embedded import EmbeddedError
from app.embedded.binaries import wheel_folder

DEBIAN = Path("/usr/lib/postgresql")
"""Where the packages of Debian and of PostgreSQL's own repository put the programs of each version."""

VERSION_SECONDS = 10

_PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "database": "PGDATABASE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "service": "PGSERVICE",
    "servicefile": "PGSERVICEFILE",
}
"""Parameters of a database URL, and the environment variables that mean the same (PostgreSQL manual, "Environment
Variables" of libpq). The driver takes any other parameter for a setting of the session."""


@dataclass(frozen=True, slots=True)
class Program:
    """One of PostgreSQL's programs, and its major version."""

    path: Path
    major: int


def find_pg_dump(server: int, *, encrypted: bool, folder: Path | None) -> Program:
    """The `pg_dump` for a server of the major version `server`. `encrypted`: the connection needs TLS. `folder` is the
    only place to look in, if given. Raises BackupError."""
    for program in _candidates("pg_dump", folder, with_wheel=not encrypted):
        if program.major >= server:
            return program
    reason = " with support for TLS" if encrypted else ""
    raise BackupError(
        f"no pg_dump{reason} of PostgreSQL {server} or later was found: install the client programs of PostgreSQL "
        f"{server} (Debian: postgresql-client-{server}), or name their folder with --programs"
    )


def find_pg_restore(dumped_by: int, folder: Path | None) -> Program:
    """The `pg_restore` that reads what `pg_dump` of the major version `dumped_by` wrote. Raises BackupError."""
    for program in _candidates("pg_restore", folder, with_wheel=True):
        if program.major >= dumped_by:
            return program
    raise BackupError(
        f"no pg_restore of PostgreSQL {dumped_by} or later was found: install the client programs of that version, "
        "or name their folder with --programs"
    )


def environment(url: str | None = None) -> dict[str, str]:
    """The environment of a program that connects to the database `url`: arguments, and so a password in them, could be
    seen by all users of the machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    if url is None:
        return {**kept, "LC_ALL": "C"}
    # The variables that the driver obeys too, such as PGPASSFILE. Not PGOPTIONS, which it doesn't.
    inherited = {name: os.environ[name] for name in _PARAMETERS.values() if name in os.environ}
    return {**kept, **inherited, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10", **_variables(url)}


def _variables(url: str) -> Mapping[str, str]:
    parts = urlsplit(url)
    credentials, hosts = parts.netloc.rpartition("@")[0], hosts_of(url)
    user, _, password = credentials.partition(":")
    found = {
        "PGUSER": unquote(user),
        "PGPASSWORD": unquote(password),
        "PGHOST": ",".join(host.name for host in hosts),
        "PGPORT": ",".join(str(host.port or 5432) for host in hosts) if any(host.port for host in hosts) else "",
        "PGDATABASE": unquote(parts.path.removeprefix("/")),
    }
    options = []
    for name, value in parse_qsl(parts.query):
        if name in _PARAMETERS:
            found[_PARAMETERS[name]] = value
        else:
            escaped = re.sub(r"([\\ ])", r"\\\1", value)
            options.append(f"-c {name}={escaped}")
    return {name: value for name, value in {**found, "PGOPTIONS": " ".join(options)}.items() if value}


def _candidates(name: str, folder: Path | None, *, with_wheel: bool) -> Iterator[Program]:
    for place in [folder] if folder else _places(with_wheel=with_wheel):
        path = place / name
        if os.access(path, os.X_OK) and (major := _major(path)) is not None:
            yield Program(path, major)


def _places(*, with_wheel: bool) -> Iterable[Path]:
    if with_wheel:
        with suppress(EmbeddedError):
            yield wheel_folder()
    found = shutil.which("pg_dump")
    if found:
        yield Path(found).parent
    yield from sorted(DEBIAN.glob("*/bin"), key=lambda place: int("0" + re.sub(r"\D", "", place.parent.name)))


def _major(path: Path) -> int | None:
    """The major version of a program; None if it doesn't run."""
    try:
        output = subprocess.run(  # noqa: S603
            [str(path), "--version"], env=environment(), capture_output=True, text=True, check=True,
            timeout=VERSION_SECONDS,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", output)
    return int(match[1]) if match else None
