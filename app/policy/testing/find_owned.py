"""Finds a resource that a test file names, in its organization."""

from collections.abc import Mapping

from app.policy.testing.yaml_nodes import Node, YamlDocument
from authz.lint.operand_types import did_you_mean
from authz.predicates.evaluate import Row


def find_owned(document: YamlDocument, resources: Mapping[str, Row], what: str, name: str, node: Node) -> Row | None:
    """Returns the row of `resources` with this name. Reports to `document` if there is none."""
    if name not in resources:
        document.report(
            node, f"There is no {what} {name} in this organization.", did_you_mean(name, resources) if resources else ""
        )
    return resources.get(name)
