"""How large an operation may be, measured before it is validated.

Validation compares all fields that would share a place in the answer with each other, and goes through fragments as
often as they are spread: of a small document it can make hours. So the document is walked once with a budget first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.execution.errors import QueryCode, QueryError


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may hold, fragments counted each time they are spread.

    `characters` and `tokens` are those of the text; `depth` is that of fields within fields; `aliases` and `directives`
    are those of one operation. `alias_length` is in characters: one alias may stand in the answer a million times.
    `introspections` are root fields, within which there are no aliases at all, since introspection is answered in one
    go; with 0 it is switched off. `fields` and `duplicates`, the pairs of fields that share a place in the answer, are
    counted over the whole document, each fragment once more by itself: so often does validation look at them.
    `cost` is that of one operation with its variables, in nodes (`schema/execution/cost.py`).
    """

    characters: int = 100_000
    tokens: int = 4_000
    depth: int = 40
    aliases: int = 200
    directives: int = 100
    alias_length: int = 100
    introspections: int = 10
    fields: int = 3_000
    duplicates: int = 5_000
    cost: int = 10_000


_SURFACE = -1_000
"""The depth at which introspection begins: it nests deeper than data, and has a validation rule of its own."""


class LimitExceeded(Exception):
    """A limit is exceeded; `problem` says which."""

    def __init__(self, problem: QueryError) -> None:
        self.problem = problem
        super().__init__(problem.message)


def check_size(document: DocumentNode, limits: Limits) -> None:
    """Raises Exceeded where the document is larger than the limits allow. Takes time in proportion to the limits at
    most, whatever the document."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    walk = _Walk(limits, fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            walk.definition(definition)


@dataclass
class _Place:
    """A place in the answer: how many fields of the document share it, and the places within."""

    shared: int = 0
    within: dict[str, "_Place"] = field(default_factory=dict)


class _Walk:
    def __init__(self, limits: Limits, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.limits = limits
        self.fragments = fragments
        self.steps = self.aliases = self.directives = self.duplicates = self.introspections = 0

    def definition(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> None:
        self.aliases = self.directives = 0
        self._directives(definition)
        for variable in definition.variable_definitions or ():
            self._directives(variable)
        self._selections(definition.selection_set, _Place(), 1, frozenset())

    def _selections(self, selections: SelectionSetNode, place: _Place, depth: int, within: frozenset[str]) -> None:
        for node in selections.selections:
            self._step(node)
            self._directives(node)
            if isinstance(node, FieldNode):
                self._field(node, place, depth, within)
            elif isinstance(node, InlineFragmentNode):
                self._selections(node.selection_set, place, depth, within)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self.fragments.get(name)
                # A fragment within itself is for validation to refuse.
                if fragment is not None and name not in within:
                    self._directives(fragment)
                    self._selections(fragment.selection_set, place, depth, within | {name})

    def _field(self, node: FieldNode, place: _Place, depth: int, within: frozenset[str]) -> None:
        if node.alias is not None:
            self.aliases += 1
            self._allow(self.aliases, self.limits.aliases, "gives more than {} aliases", node)
            self._allow(
                len(node.alias.value), self.limits.alias_length, "has an alias of more than {} characters", node.alias
            )
            self._allow(int(depth < 1), 0, "gives aliases within introspection", node)
        inner = place.within.setdefault(node.alias.value if node.alias else node.name.value, _Place())
        self.duplicates += inner.shared
        inner.shared += 1
        self._allow(self.duplicates, self.limits.duplicates, "names the same fields of the answer too often", node)
        if node.selection_set is None:
            return
        if depth >= self.limits.depth:
            message = f"The operation nests deeper than {self.limits.depth} fields."
            raise LimitExceeded(_problem(QueryCode.TOO_DEEP, message, node))
        introspects = node.name.value.startswith("__")
        self.introspections += introspects
        if introspects and not self.limits.introspections:
            raise LimitExceeded(_problem(QueryCode.INTROSPECTION_OFF, "Introspection is switched off.", node))
        self._allow(self.introspections, self.limits.introspections, "asks for introspection more than {} times", node)
        self._selections(node.selection_set, inner, _SURFACE if introspects else depth + 1, within)

    def _directives(self, node: Node) -> None:
        for directive in getattr(node, "directives", None) or ():
            self.directives += 1
            self._allow(self.directives, self.limits.directives, "has more than {} directives", directive)

    def _step(self, node: FieldNode | FragmentSpreadNode | InlineFragmentNode | object) -> None:
        self.steps += 1
        self._allow(self.steps, self.limits.fields, "asks for more than {} fields", node)

    def _allow(self, count: int, most: int, what: str, node: object) -> None:
        if count > most:
            raise LimitExceeded(_problem(QueryCode.TOO_LARGE, f"The operation {what.format(f'{most:,}')}.", node))


def _problem(code: QueryCode, message: str, node: object) -> QueryError:
    return QueryError(code, message, locations=tuple(_location(node)))


def _location(node: object) -> Iterator[tuple[int, int]]:
    location = getattr(node, "loc", None)
    if location is not None:
        yield location.start_token.line, location.start_token.column
