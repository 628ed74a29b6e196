"""The option `--env-file`: settings from a file, for commands that no service manager starts.

The file is one for `EnvironmentFile=` of systemd (systemd.exec(5)) and `--env-file` of container tools: `NAME=value`,
one in each line; lines that are empty or begin with `#` or `;` don't count. What programs read differently, such as
backslashes, is refused, so that a command and a server never run with different settings. The exception are quotes
around a whole value: systemd removes them, and so does this; container tools keep them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

MOST_BYTES = 1_000_000

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_PLAIN = re.compile(r"[^\\'\"]*")
_QUOTED = re.compile(r"\"[^\\\"$`]*\"|'[^\\']*'")


def read_env_file(file: Path) -> Mapping[str, str]:
    """The variables of a file; of two of the same name, the last. Raises typer.BadParameter, which names the line but
    not its value: that may be a secret."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise typer.BadParameter(f"{file} is larger than a megabyte.")
        return dict(_variables(file, content.decode()))
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} isn't text in UTF-8.") from None


def apply_env_file(file: Path | None) -> Path | None:
    """Put the variables of a file into the environment of this process, except for those that it has already."""
    if file is not None:
        for name, value in read_env_file(file).items():
            os.environ.setdefault(name, value)
    return file


def _variables(file: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if not line or line[0] in "#;":
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise typer.BadParameter(f"{file}, line {number}: must be NAME=value.")
        name, value = found[1], found[2].strip()
        if _QUOTED.fullmatch(value):
            value = value[1:-1]
        elif not _PLAIN.fullmatch(value):
            raise typer.BadParameter(
                f"{file}, line {number}: {name} has a quote or a backslash. Put the whole value into single quotes, or "
                "percent-encode it in a URL."
            )
        yield name, value
