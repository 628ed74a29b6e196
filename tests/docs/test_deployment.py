"""The files for deployment: the programs that they are for accept them."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from app.settings import Settings
from tests.support.paths import ROOT

FOLDER = ROOT / "docs" / "deployment"


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
