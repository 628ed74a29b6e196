"""Test modules share through `tests/support`, and import nothing from each other."""

import ast

from tests.support.source_files import relative, sources, syntax_tree


def test_no_test_module_is_imported() -> None:
    imported = [
        (relative(path), name)
        for path in sources("tests")
        for node in ast.walk(syntax_tree(path))
        for name in (
            [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert imported == []
