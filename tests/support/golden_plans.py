"""The queries of the golden plans (`tests/golden/plans/*.graphql`), with the user and the variables of each."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

QUERIES = sorted((ROOT / "tests" / "golden" / "plans").glob("*.graphql"), key=lambda path: path.name)


@dataclass(frozen=True)
class Case:
    text: str
    email: str
    variables: dict[str, Any]


def read_case(path: Path) -> Case:
    text = path.read_text()
    email = re.search(r"^# as: (.+)$", text, re.MULTILINE)
    variables = re.search(r"^# variables: (.+)$", text, re.MULTILINE)
    assert email, f"{path.name} does not say who asks"
    return Case(text, email[1], json.loads(variables[1]) if variables else {})
