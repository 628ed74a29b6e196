"""Small policy test files, for the tests of the test runner."""

from pathlib import Path

from app.policy.testing.runner import FileResult, PolicyUnderTest, run
from app.policy.testing.test_files import read_folder
from tests.support.policies.small_policies import FILE

WORLD = """
about: A small one
world:
  ACME:
    contract accounts: [South, East]
    delivery accounts: [PEAR]
    services:
      SVC-1: South -> PEAR
      SVC-2: {accounts: East -> PEAR, status: PLANNED, country: "NO"}
    users:
      sam: {permissions: [SITES_SERVICES_VIEW, USER_MANAGEMENT], contract accounts: [South]}
      sue: {contract accounts: [South]}
  Globex:
    delivery accounts: [PEAR]
    users: [max]
  staff: [olga]
"""


def written(folder: Path, cases: str, world: str = WORLD) -> Path:
    """Write one test file into `folder`, and return the folder."""
    (folder / "small.yaml").write_text(world.lstrip() + cases)
    return folder


def ran(folder: Path, cases: str, policy: str, world: str = WORLD) -> FileResult:
    """Run one test file against the policy with this text."""
    (result,) = run(read_folder(written(folder, cases, world)), PolicyUnderTest(policy, FILE))
    return result
