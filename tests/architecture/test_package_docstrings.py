"""Every package of the layers says in one or two sentences what it holds."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.source_files import LAYERS, relative, sources, syntax_tree

PACKAGES = sorted({path.parent for path in sources() if path.parent.name not in ("migrations", "versions")})


def test_every_layer_has_packages() -> None:
    assert {relative(package).partition("/")[0] for package in PACKAGES} == {*LAYERS} - {"migrations"}


@pytest.mark.parametrize("package", PACKAGES, ids=relative)
def test_a_package_has_a_docstring_of_one_or_two_sentences(package: Path) -> None:
    docstring = ast.get_docstring(syntax_tree(package / "__init__.py"))
    assert docstring, f"{relative(package)}/__init__.py has no docstring"
    first_paragraph = docstring.partition("\n\n")[0]
    assert first_paragraph.endswith((".", ":"))
    assert 1 <= len(re.split(r"(?<=\.)\s+(?=[A-Z`])", first_paragraph)) <= 2


def test_migrations_have_a_docstring() -> None:
    assert ast.get_docstring(syntax_tree(ROOT / "migrations" / "__init__.py"))
