"""The worked edits of `docs/policy-edits.md`: follows the page, and compares it with what really happens.

A section of the page is about one edit. Its blocks are followed in order, in a folder with the shipped policy and its
tests:

- a `diff` is applied to the file that it names (`edited.polar` starts as a copy of the shipped policy),
- a `console` block is a `portico` command with its output, and its exit code if that is not 0.

`anew` returns the section with the diffs and output that really result.
"""

import difflib
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

from app.settings import ROOT

PAGE = ROOT / "docs" / "policy-edits.md"
SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(diff|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HUNK = re.compile(r"^@@.*\n((?:[ +-].*\n|\n)+)", re.MULTILINE)

Portico = Callable[[list[str]], tuple[int, str]]
"""Runs `portico` in the folder, and returns the exit code and the output."""


def sections() -> list[str]:
    """The sections of the page that edit something."""
    return [section for section in SECTION.findall(PAGE.read_text()) if "```diff\n" in section]


def prepare(folder: Path) -> None:
    """Copy the shipped policy with its prohibitions and tests into `folder`, and the policy once more to be edited."""
    for name in ("policies.polar", "edited.polar"):
        shutil.copy(ROOT / "policies.polar", folder / name)
    shutil.copy(ROOT / "policies.never", folder)
    shutil.copytree(ROOT / "tests" / "policy", folder / "tests" / "policy")


def anew(section: str, folder: Path, portico: Portico) -> str:
    """Returns the section with the real result of each block."""

    def block(found: re.Match[str]) -> str:
        kind, text = found.groups()
        made = _edited(text, folder) if kind == "diff" else _ran(text, portico)
        return f"```{kind}\n{made}```"

    return BLOCK.sub(block, section)


def _edited(diff: str, folder: Path) -> str:
    """Apply the diff by its context lines, and return it with the right line numbers."""
    name = diff.split("\n", 1)[0].removeprefix("--- a/")
    file = folder / name
    before = after = file.read_text()
    for hunk in HUNK.findall(diff):
        lines = hunk.splitlines()
        old, new = ("\n".join(line[1:] for line in lines if not line.startswith(sign)) for sign in "+-")
        assert after.count(old) == 1, f"{name}: not there, or more than once:\n{old}"
        after = after.replace(old, new)
    file.write_text(after)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _ran(text: str, portico: Portico) -> str:
    """Run the command on the first line, and return it with its output."""
    first = text.split("\n", 1)[0]
    code, out = portico(shlex.split(first.removeprefix("$ portico ")))
    printed = [line.rstrip() for line in out.strip("\n").splitlines()]
    ended = [f"(ends with {code})"] if code else []
    return "".join(f"{line}\n" for line in (first, *printed, *ended))
