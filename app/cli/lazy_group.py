"""A group of verbs whose modules are imported when they run: `--help` and a wrong word answer at once."""

import ast
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class LazyGroup(TyperGroup):
    """A group with the `verbs` of its class. Usage: `typer.Typer(cls=ASubclass)`.

    `verbs` maps the name of a verb to where it is, such as `app.cli.serve:serve`: a function, or a group of its own.
    The help of the group lists the verbs by their docstrings, which are read from the source.
    """

    verbs: ClassVar[Mapping[str, str]]

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name) for name in self.verbs}

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb as the help lists it: with its text, and without its options."""
        return TyperCommand(cmd_name, help=_help_text(self.verbs[cmd_name])) if cmd_name in self.verbs else None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that `args` begin with, imported, and the rest of `args`."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, None if name is None or listed is None else _import_verb(name, self.verbs[name]), rest


def _import_verb(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    verb = getattr(import_module(module), attribute)
    if isinstance(verb, typer.Typer):
        return get_group(verb)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(verb)
    return get_command(alone)


def _help_text(place: str) -> str:
    """The docstring of the function, or the `help` of the group, at `place`."""
    module, _, attribute = place.partition(":")
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for statement in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        match statement:
            case ast.FunctionDef(name=name) if name == attribute:
                return ast.get_docstring(statement) or ""
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)) if name == attribute:
                return next(str(ast.literal_eval(each.value)) for each in keywords if each.arg == "help")
    raise LookupError(f"{place} is neither a function nor a group")
