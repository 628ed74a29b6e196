"""The policy of the repository, through all gates, once for the run."""

from pathlib import Path

import pytest

from authz.policy import Policy, load

POLICY = Path(__file__).parents[2] / "policies.polar"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return load(POLICY)
