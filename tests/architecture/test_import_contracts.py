"""Imports follow the contracts in `pyproject.toml`: between the layers, and between the packages of each layer."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def ordered_packages(layer: str) -> set[str]:
    """The packages of a layer that one of its contracts puts in order."""
    return {
        f"{container}.{name}" if container else name
        for contract in CONTRACTS
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
        for tier in contract["layers"]
        for name in re.findall(r"[\w.]+", tier)
        if f"{container}.{name}".lstrip(".").startswith(f"{layer}.")
    }


@pytest.mark.parametrize("layer", ["app", "authz", "resolvers", "schema"])
def test_the_packages_of_a_layer_have_an_order(layer: str) -> None:
    packages = {f"{layer}.{path.parent.name}" for path in (ROOT / layer).glob("*/__init__.py")}
    assert packages
    assert packages <= ordered_packages(layer)


def test_all_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
