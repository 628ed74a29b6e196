"""A help text is what the verbs themselves say, and imports none of what they need to run."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from app import cli
from tests.support.paths import ROOT

HEAVY = ("alembic", "asyncpg", "graphql", "oso", "sqlalchemy", "starlette", "strawberry", "uvicorn")
PROGRAM = f"""
import sys
from app.cli import main
try:
    main()
finally:
    sys.stderr.write(" ".join(sorted(sys.modules.keys() & set({HEAVY}))))
"""


def groups(group: TyperGroup) -> Iterator[TyperGroup]:
    yield group
    for name in group.list_commands(typer.Context(group)):
        verb = imported(group, name)
        if isinstance(verb, TyperGroup):
            yield from groups(verb)


def imported(group: TyperGroup, name: str) -> object:
    return group.resolve_command(typer.Context(group), [name])[1]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["policy", "--help"], ["serve", "--help"], ["sevre"]])
def test_what_needs_no_verb_imports_none(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == (2 if arguments == ["sevre"] else 0)
    assert ended.stderr.endswith("╯\n" if arguments == ["sevre"] else ""), ended.stderr


def test_a_group_lists_its_verbs_with_their_own_help() -> None:
    for group in groups(typer.main.get_group(cli.program)):
        for name in group.list_commands(typer.Context(group)):
            listed, verb = group.get_command(typer.Context(group), name), imported(group, name)
            assert listed is not None
            assert listed.help
            assert (listed.name, listed.help) == (verb.name, verb.help)  # type: ignore[attr-defined]


def test_a_mistyped_verb_is_answered_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.program(["policy", "chekc"])
    assert "Did you mean 'check'?" in " ".join(capsys.readouterr().err.split())
