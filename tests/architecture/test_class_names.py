"""A public class name means one class: no two modules of these layers define the same."""

import ast
from collections import defaultdict

from tests.support.source_files import relative, sources, syntax_tree

SHARED: dict[str, str] = {"Group": "SCIM calls its resource so, and takes the name from the class"}
"""Names that two modules may define, with the reason: three at most."""


def test_no_public_class_name_is_defined_twice() -> None:
    modules = defaultdict(list)
    for path in sources("app", "authz", "resolvers"):
        for node in syntax_tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(relative(path))
    twice = {name: paths for name, paths in modules.items() if len(paths) > 1}
    assert {name: paths for name, paths in twice.items() if name not in SHARED} == {}
    assert SHARED.keys() <= twice.keys()
    assert len(SHARED) <= 3
