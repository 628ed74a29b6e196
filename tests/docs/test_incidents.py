"""What `docs/monitoring.md` says that an operator sees in an incident is what the program writes."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.source_files import sources, syntax_tree

PAGE = (ROOT / "docs" / "monitoring.md").read_text()
RULES = yaml.safe_load((ROOT / "docs" / "monitoring" / "alerts.yaml").read_text())["groups"][0]["rules"]
ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}
BAD_DAYS = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / "bad_days").glob("check_*.py")))

READINESS = re.compile(r'"(?:database|status)": ("[\w ]+")')
DIRECTIVE = re.compile(r"%(?:\.\d+)?[a-z]")
ANYTHING = "…"
LITERAL = 15
"""How many characters of a text with values in it are its own at least: `%s: %s` could be anything."""


def section(title: str) -> str:
    return re.split(r"\n##+ ", PAGE.split(f"\n## {title}\n")[1])[0]


def rows(title: str) -> Iterator[list[str]]:
    """The cells of each row of the table in a section."""
    for line in re.findall(r"^\| .*$", section(title), re.MULTILINE)[1:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


SIGNS = [sign for _, _, signs, _ in rows("Incidents") for sign in re.findall(r"`([^`{]+)(?:{[^`]+)?`", signs)]
"""What the log, `/readyz`, metrics and alerts show."""


@cache
def written() -> list[re.Pattern[str]]:
    """Every text that the program may write, as what it looks like with values in it."""
    texts: set[str] = set()
    for path in sources("app", "authz", "migrations", "resolvers"):
        for node in ast.walk(syntax_tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                texts.add("".join(str(part.value) if isinstance(part, ast.Constant) else "%s" for part in node.values))
    return [
        re.compile(".+".join(map(re.escape, parts)))
        for parts in map(DIRECTIVE.split, texts)
        if len(parts) == 1 or len("".join(parts)) >= LITERAL
    ]


def is_written(sign: str) -> bool:
    """Whether the program writes this text, in which `…` stands for anything."""
    readiness = READINESS.fullmatch(sign)
    if readiness:
        return readiness[1] in (ROOT / "app" / "health.py").read_text()
    text = sign.removesuffix("_total").replace(ANYTHING, "x")  # a counter gets this suffix
    return any(pattern.fullmatch(text) for pattern in written())


@pytest.mark.parametrize("sign", SIGNS)
def test_what_an_incident_shows_is_written_somewhere(sign: str) -> None:
    """By the program, or, where the words are those of a library, by what a bad day was seen to show."""
    assert sign in ALERTS or is_written(sign) or sign in BAD_DAYS, sign


def test_what_nothing_writes_is_found() -> None:
    assert not is_written("Worker 1 (process …) is tired; it starts again in 0.5 seconds.")
    assert not is_written('"database": "asleep"')
