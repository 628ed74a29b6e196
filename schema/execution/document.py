"""From the text of a document to one that is parsed, not too large, and valid. What was found good is kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    ArgumentNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    parse,
    validate,
    visit,
)

from resolvers.lru_cache import LRUCache
from schema.declare.scalars import BadValue
from schema.execution.errors import QueryCode, QueryError, QueryRejected, locations_of
from schema.execution.query_limits import LimitExceeded, Limits, check_size

DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS = 1_000, 4_000_000
"""How many documents are kept, and how many characters they have together, at most."""

MOST_ERRORS = 20
"""Errors of one document that are reported."""


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: its tree, its operations and its fragments by their names (`""` where there is none)."""

    tree: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation with that name; without a name, the only one. Raises Rejected where there is none."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name) if name else None
        if found is None:
            message = (
                f"The document has no operation with the name {name!r}."
                if name
                else "The document has several operations; say which one to run."
            )
            raise QueryRejected([QueryError(QueryCode.BAD_USER_INPUT, message, "operationName")])
        return found


class Documents:
    """The documents of one schema. With `suggestions`, errors ask whether another name was meant."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggestions: bool = True) -> None:
        self._schema = schema
        self._limits = limits
        self._suggestions = suggestions
        self._kept: LRUCache[str, Document] = LRUCache(DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS)

    def get(self, text: str) -> Document:
        """The document of a text. Raises Rejected with all that is wrong."""
        kept = self._kept.get(text)
        if kept is None:
            kept = self._read(text)
            self._kept.put(text, kept, len(text))
        return kept

    def _read(self, text: str) -> Document:
        tree = self._parsed(text)
        try:
            check_size(tree, self._limits)
        except LimitExceeded as exceeded:
            raise QueryRejected([exceeded.problem]) from None
        errors = validate(self._schema, tree, max_errors=MOST_ERRORS, hide_suggestions=not self._suggestions)
        if errors:
            raise QueryRejected([_invalid(error, tree) for error in errors[:MOST_ERRORS]])
        definitions = tree.definitions
        operations = {
            each.name.value if each.name else "": each
            for each in definitions
            if isinstance(each, OperationDefinitionNode)
        }
        if not operations:
            raise QueryRejected([QueryError(QueryCode.GRAPHQL_VALIDATION_FAILED, "The document has no operation.")])
        fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        return Document(tree, operations, fragments)

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            message = f"The document has more than {self._limits.characters:,} characters."
            raise QueryRejected([QueryError(QueryCode.TOO_LARGE, message, "query")])
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            # graphql-core tells too many tokens and too much nesting from bad syntax by their words alone.
            code = QueryCode.GRAPHQL_PARSE_FAILED
            if "more than" in error.message and "tokens" in error.message:
                code = QueryCode.TOO_LARGE
            elif "nest" in error.message or "deep" in error.message:
                code = QueryCode.TOO_DEEP
            raise QueryRejected([QueryError(code, error.message, locations=locations_of(error))]) from None
        except RecursionError:
            raise QueryRejected([QueryError(QueryCode.TOO_DEEP, "The document nests too deep.")]) from None


def _invalid(error: GraphQLError, tree: DocumentNode) -> QueryError:
    argument = _argument_around(error.nodes[0], tree) if error.nodes else None
    if isinstance(error.original_error, BadValue):
        message = str(error.original_error)
        return QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=locations_of(error))
    return QueryError(QueryCode.GRAPHQL_VALIDATION_FAILED, error.message, argument, locations=locations_of(error))


def _argument_around(node: Node, tree: DocumentNode) -> str | None:
    """The names that lead to a value of the document, from the argument or the variable inwards."""
    if node.loc is None:
        return None
    search = _Search(node.loc.start)
    visit(tree, search)
    return ".".join(search.found) if search.found else None


class _Search(Visitor):
    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position
        self.found: list[str] = []

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self._note(node, node.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self._note(node, node.name.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        self._note(node, node.variable.name.value)

    def _note(self, node: Node, name: str) -> None:
        if node.loc is not None and node.loc.start <= self.position < node.loc.end:
            self.found.append(name)
