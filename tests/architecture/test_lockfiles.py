"""The lock files pin what the project requires by hash, and name no registry."""

import json
import re

from tests.support.paths import ROOT


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[a-z0-9._-]+==\S+", lock, re.MULTILINE)
    assert len(pins) > 40
    assert len(re.findall(r"^[a-z0-9._-]+==[^\n]*\\\n +--hash=sha256:", lock, re.MULTILINE)) == len(pins)
    assert not re.search(r"://|--index|--find-links|--extra", lock)


def test_the_lock_of_the_clients_holds_hashes_and_no_address() -> None:
    clients = ROOT / "tests" / "clients"
    lock = json.loads((clients / "package-lock.json").read_text())
    wanted = json.loads((clients / "package.json").read_text())["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values()), "pin one version of each"
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    bare = [name for name, package in packages.items() if "integrity" not in package or "resolved" in package]
    assert bare == []


def test_the_lock_is_of_these_requirements() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    wanted = set(re.findall(r'^    "([a-z0-9-]+)(?:\[[a-z]+\])?[<>=]', project, re.MULTILINE))
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert wanted
    assert wanted <= locked
