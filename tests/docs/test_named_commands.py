"""Every command, option and Make target that the documents name exists."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from app import cli
from tests.support.paths import DOCS, ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
TEXT = {str(path.relative_to(ROOT)): path.read_text() for path in DOCUMENTS}

SETTINGS = r"(?:[A-Z_]+=\S+ )*"
SPAN = re.compile(rf"`{SETTINGS}(portico [^`]+)`")
LINE = re.compile(rf"^ *(?:- |\$ )?{SETTINGS}(portico [a-z-][^\n`]*)$", re.MULTILINE)
TARGET = re.compile(r"(?:`|^ *)make ([a-z-]+)", re.MULTILINE)


def commands(text: str) -> list[str]:
    return [*SPAN.findall(text), *LINE.findall(text)]


def unknown(command: str) -> Iterator[str]:
    """The words of a command that Portico doesn't know: names of commands, and long options."""
    program: Any = typer.main.get_group(cli.program)
    context = typer.Context(program)
    options = {"--help", *_options(program)}
    for word in command.split()[1:]:
        option = re.match(r"--[a-z-]+", word)
        if isinstance(program, TyperGroup) and re.fullmatch(r"[a-z][a-z-]*", word):
            if word not in program.list_commands(context):
                yield word
                return
            _, program, _ = program.resolve_command(context, [word])
            options |= _options(program)
        elif option and option[0] not in options:
            yield option[0]
        elif word in {"|", ">", "&&", "#"}:
            return


def _options(program: Any) -> set[str]:
    return {name for parameter in program.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("document", TEXT)
def test_commands_and_their_options_exist(document: str) -> None:
    assert {command: list(unknown(command)) for command in commands(TEXT[document]) if list(unknown(command))} == {}


def test_commands_are_found() -> None:
    assert len([command for text in TEXT.values() for command in commands(text)]) > 100
    assert list(unknown("portico policy difference a b")) == ["difference"]
    assert list(unknown("portico policy diff a b --by-trait")) == ["--by-trait"]
    assert list(unknown("portico --env-file FILE policy diff a b --by-traits")) == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for text in TEXT.values() for name in TARGET.findall(text)}
    assert len(named) > 5
    assert named <= targets
