"""Collects the requested fields of an object (GraphQL specification, "Collecting Fields").

Fragments, inline fragments, `@skip` and `@include` are resolved here, and fields with the same response key are merged.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import VariableValues


@dataclass(frozen=True, slots=True)
class CollectedField:
    """A field of the response. `definition` is None for `__typename` and the introspection fields. `nodes` are all
    occurrences of the field in the document."""

    key: str
    name: str
    definition: GraphQLField | None
    nodes: tuple[FieldNode, ...]

    @property
    def location(self) -> tuple[tuple[int, int], ...]:
        """The line and column of the first occurrence."""
        location = self.nodes[0].loc
        return ((location.start_token.line, location.start_token.column),) if location else ()

    @property
    def object_type(self) -> GraphQLObjectType:
        """The object type of the field's value, or of the values in its list or page."""
        assert self.definition is not None
        type_ = get_named_type(self.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        return type_

    @property
    def selection_sets(self) -> list[SelectionSetNode]:
        """The selection sets of all occurrences."""
        return [node.selection_set for node in self.nodes if node.selection_set is not None]


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects fields in one document with one set of variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def fields(self, type_: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode]) -> list[CollectedField]:
        """Returns the fields of an object of this type, in the order of the response."""
        nodes: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in selection_sets:
            for node in self._flat(type_, selection_set, spread):
                nodes.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return [
            CollectedField(key, merged[0].name.value, type_.fields.get(merged[0].name.value), tuple(merged))
            for key, merged in nodes.items()
        ]

    def _flat(self, type_: GraphQLObjectType, selections: SelectionSetNode, spread: set[str]) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value, type_):
                    yield from self._flat(type_, node.selection_set, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value, type_):
                    yield from self._flat(type_, fragment.selection_set, spread)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)

    def _applies(self, condition: str, type_: GraphQLObjectType) -> bool:
        if condition == type_.name:
            return True
        other = self.schema.get_type(condition)
        return is_abstract_type(other) and self.schema.is_sub_type(other, type_)
