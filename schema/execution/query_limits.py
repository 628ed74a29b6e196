"""Size limits of a document, checked before it is validated.

Validation compares all fields that share a position in the response with each other, and visits a fragment as often as
it is spread, so a small document could keep it busy for hours. The document is therefore first walked with a budget.
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
    """The limits of a document. Fragments count each time they are spread.

    `characters` and `tokens` limit the text, and `depth` the nesting of fields. `aliases` and `directives` are per
    operation. `alias_length` is in characters, because one alias may occur in the response a million times.
    `introspections` limits introspection root fields, which must not contain aliases, because their results are not
    paged; 0 switches introspection off. `fields` and `duplicates` (pairs of fields that share a position in the
    response) are counted over the whole document, plus once more for each fragment alone, as often as validation visits
    them. `values` counts the values in the variables of an operation, nested ones too. `cost` limits what an operation
    with its variables requests, in nodes (`schema/execution/cost.py`).
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
    values: int = 5_000
    cost: int = 500_000


_SURFACE = -1_000
"""The depth at which introspection starts: it nests deeper than data, and validation limits it separately."""


class LimitExceeded(Exception):
    """A limit is exceeded. `problem` describes which one."""

    def __init__(self, problem: QueryError) -> None:
        self.problem = problem
        super().__init__(problem.message)


def check_size(document: DocumentNode, limits: Limits) -> None:
    """Raises LimitExceeded if the document exceeds a limit. The time taken is at most proportional to the limits,
    whatever the document."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    walk = _Walk(limits, fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            walk.definition(definition)


@dataclass
class _Position:
    """A position in the response: the number of fields of the document that share it, and the positions below it."""

    shared: int = 0
    children: dict[str, "_Position"] = field(default_factory=dict)


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
        self._selections(definition.selection_set, _Position(), 1, frozenset())

    def _selections(
        self, selections: SelectionSetNode, position: _Position, depth: int, spread: frozenset[str]
    ) -> None:
        for node in selections.selections:
            self._step(node)
            self._directives(node)
            if isinstance(node, FieldNode):
                self._field(node, position, depth, spread)
            elif isinstance(node, InlineFragmentNode):
                self._selections(node.selection_set, position, depth, spread)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self.fragments.get(name)
                # Validation rejects fragments that spread themselves.
                if fragment is not None and name not in spread:
                    self._directives(fragment)
                    self._selections(fragment.selection_set, position, depth, spread | {name})

    def _field(self, node: FieldNode, position: _Position, depth: int, spread: frozenset[str]) -> None:
        if node.alias is not None:
            self.aliases += 1
            self._allow(self.aliases, self.limits.aliases, "has more than {} aliases", node)
            self._allow(
                len(node.alias.value), self.limits.alias_length, "has an alias of more than {} characters", node.alias
            )
            self._allow(int(depth < 1), 0, "has aliases within introspection", node)
        inner = position.children.setdefault(node.alias.value if node.alias else node.name.value, _Position())
        self.duplicates += inner.shared
        inner.shared += 1
        self._allow(self.duplicates, self.limits.duplicates, "selects the same response fields too often", node)
        if node.selection_set is None:
            return
        if depth >= self.limits.depth:
            message = f"The operation is nested more than {self.limits.depth} fields deep."
            raise LimitExceeded(_problem(QueryCode.TOO_DEEP, message, node))
        introspects = node.name.value.startswith("__")
        self.introspections += introspects
        if introspects and not self.limits.introspections:
            raise LimitExceeded(_problem(QueryCode.INTROSPECTION_OFF, "Introspection is switched off.", node))
        self._allow(self.introspections, self.limits.introspections, "requests introspection more than {} times", node)
        self._selections(node.selection_set, inner, _SURFACE if introspects else depth + 1, spread)

    def _directives(self, node: Node) -> None:
        for directive in getattr(node, "directives", None) or ():
            self.directives += 1
            self._allow(self.directives, self.limits.directives, "has more than {} directives", directive)

    def _step(self, node: FieldNode | FragmentSpreadNode | InlineFragmentNode | object) -> None:
        self.steps += 1
        self._allow(self.steps, self.limits.fields, "requests more than {} fields", node)

    def _allow(self, count: int, limit: int, verb_phrase: str, node: object) -> None:
        if count > limit:
            raise LimitExceeded(
                _problem(QueryCode.TOO_LARGE, f"The operation {verb_phrase.format(f'{limit:,}')}.", node)
            )


def _problem(code: QueryCode, message: str, node: object) -> QueryError:
    return QueryError(code, message, locations=tuple(_location(node)))


def _location(node: object) -> Iterator[tuple[int, int]]:
    location = getattr(node, "loc", None)
    if location is not None:
        yield location.start_token.line, location.start_token.column
