"""A YAML file as nodes that know their line. Nothing is constructed from it: every value is the text that stands there.

So no text turns into something else (`NO`, the country, stays what it is), and every error can name its place.
"""

from collections.abc import Iterator
from pathlib import Path

import yaml

from authz.language.diagnostics import Diagnostic, in_file_order
from authz.lint.operand_types import did_you_mean


class TestsUnreadable(Exception):
    """The tests of a policy cannot be read. `findings` has at least one entry, in the order of the files."""

    __test__ = False  # no test, whatever pytest thinks of the name

    def __init__(self, findings: list[Diagnostic]) -> None:
        self.findings = in_file_order(findings)
        super().__init__("\n".join(map(str, self.findings)))


Node = yaml.Node | None


class YamlDocument:
    """One file, and what is wrong in it. Its methods take what they can get, and note the rest in `findings`."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.findings: list[Diagnostic] = []
        self.root: Node = None
        try:
            self.root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.findings.append(Diagnostic(self.file, line, column, "", f"This is no YAML: {error.problem}.", ""))
        except (yaml.YAMLError, UnicodeDecodeError):
            self.findings.append(Diagnostic(self.file, 1, 1, "", "This is no YAML text in UTF-8.", ""))

    def refuse(self, node: Node, reason: str, idiom: str = "") -> None:
        """Notes what is wrong at `node`."""
        shown = node.value if isinstance(node, yaml.ScalarNode) else ""
        self.findings.append(Diagnostic(self.file, self.line(node), self.column(node), shown, reason, idiom))

    def line(self, node: Node) -> int:
        """The line of `node`, counted from 1."""
        return node.start_mark.line + 1 if node is not None else 1

    def column(self, node: Node) -> int:
        """The column of `node`, counted from 1."""
        return node.start_mark.column + 1 if node is not None else 1

    def pairs(self, node: Node, what: str) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """The keys and values of a mapping, which is `what`. Nothing at all is an empty one."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, f"{what} was expected here: names with a colon behind each.")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, "A name was expected here.")
            elif key.value in seen:
                self.refuse(key, "This stands here twice.")
            else:
                seen.add(key.value)
                yield key, value

    def fields(self, node: Node, what: str, known: tuple[str, ...]) -> dict[str, yaml.Node]:
        """The values of a mapping by key; keys that are not `known` are noted."""
        found: dict[str, yaml.Node] = {}
        for key, value in self.pairs(node, what):
            if key.value in known:
                found[key.value] = value
            else:
                self.refuse(key, f"{what} has no such entry.", did_you_mean(key.value, known))
        return found

    def texts(self, node: Node, what: str) -> list[yaml.ScalarNode]:
        """The texts of a list, which is `what`; one text is a list of one."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return []
        if isinstance(node, yaml.ScalarNode):
            return [node]
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        texts = [item for item in items if isinstance(item, yaml.ScalarNode)]
        if not isinstance(node, yaml.SequenceNode) or len(texts) < len(items):
            self.refuse(node, f"{what} was expected here: a list of names.")
        return texts

    def text(self, node: Node, what: str) -> str:
        """The text at `node`, which is `what`."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.refuse(node, f"{what} was expected here.")
        return ""

    def word(self, node: Node, words: tuple[str, ...], what: str) -> str:
        """The text at `node`, which is one of `words`; the first of them where it is not."""
        text = self.text(node, what)
        if text in words:
            return text
        self.refuse(node, f"There is no such {what}.", did_you_mean(text, words))
        return words[0]
