"""Reads a YAML file as nodes with their lines. No values are constructed from it: every value is the text in the file.

So no text turns into something else (`NO`, the country, stays text), and every error can give its position.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from authz.language.diagnostics import Diagnostic, in_file_order
from authz.lint.operand_types import did_you_mean


class TestsUnreadable(Exception):
    """The tests of a policy cannot be read. `diagnostics` has at least one entry, in the order of the files."""

    __test__ = False  # not a pytest class, despite its name

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = in_file_order(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))


Node = yaml.Node | None


class YamlDocument:
    """One file and its errors. The methods read what they can, and add an error to `diagnostics` for the rest."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.diagnostics: list[Diagnostic] = []
        self.root: Node = None
        try:
            self.root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.diagnostics.append(
                Diagnostic(self.file, line, column, "", f"This is not valid YAML: {error.problem}.", "")
            )
        except (yaml.YAMLError, UnicodeDecodeError):
            self.diagnostics.append(Diagnostic(self.file, 1, 1, "", "This is not YAML in UTF-8.", ""))

    def report(self, node: Node, reason: str, suggestion: str = "") -> None:
        """Adds an error at `node`."""
        shown = node.value if isinstance(node, yaml.ScalarNode) else ""
        self.diagnostics.append(Diagnostic(self.file, self.line(node), self.column(node), shown, reason, suggestion))

    def line(self, node: Node) -> int:
        """Returns the line of `node`, counted from 1."""
        return node.start_mark.line + 1 if node is not None else 1

    def column(self, node: Node) -> int:
        """Returns the column of `node`, counted from 1."""
        return node.start_mark.column + 1 if node is not None else 1

    def pairs(self, node: Node, what: str) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """Yields the keys and values of a mapping, which errors call `what`. No node counts as an empty mapping."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.MappingNode):
            self.report(node, f"{what} was expected here: names, each followed by a colon.")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.report(key, "A name was expected here.")
            elif key.value in seen:
                self.report(key, "This entry appears twice.")
            else:
                seen.add(key.value)
                yield key, value

    def fields(self, node: Node, what: str, known: tuple[str, ...]) -> dict[str, yaml.Node]:
        """Returns the values of a mapping by key. Keys that are not `known` are reported."""
        values: dict[str, yaml.Node] = {}
        for key, value in self.pairs(node, what):
            if key.value in known:
                values[key.value] = value
            else:
                self.report(key, f"{what} has no such entry.", did_you_mean(key.value, known))
        return values

    def texts(self, node: Node, what: str) -> list[yaml.ScalarNode]:
        """Returns the texts of a list, which errors call `what`. A single text counts as a list of one."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return []
        if isinstance(node, yaml.ScalarNode):
            return [node]
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        texts = [item for item in items if isinstance(item, yaml.ScalarNode)]
        if not isinstance(node, yaml.SequenceNode) or len(texts) < len(items):
            self.report(node, f"{what} was expected here: a list of names.")
        return texts

    def text(self, node: Node, what: str) -> str:
        """Returns the text at `node`, which errors call `what`."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.report(node, f"{what} was expected here.")
        return ""

    def choice(self, node: Node, choices: tuple[str, ...], what: str) -> str:
        """Returns the text at `node`, one of `choices`. Reports any other text, and returns the first choice."""
        text = self.text(node, what)
        if text in choices:
            return text
        self.report(node, f"There is no such {what}.", did_you_mean(text, choices))
        return choices[0]
