"""Parses, measures and validates GraphQL documents. Valid documents are cached."""

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
    VariableNode,
    Visitor,
    parse,
    validate,
    visit,
)

from resolvers.deep_size import deep_size
from resolvers.lru_cache import LRUCache
from schema.declare.scalars import BadValue
from schema.execution.errors import QueryCode, QueryError, QueryRejected, locations_of
from schema.execution.query_limits import LimitExceeded, Limits, check_size
from schema.execution.reported_errors import VALIDATION_RULES

DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_BYTES = 1_000, 64_000_000
"""The maximum number of cached documents, and of the bytes of memory that they hold together. The tree of a document
takes up to 250 bytes for each character."""

MOST_DOCUMENT_ERRORS = 20
"""Maximum number of errors reported for one document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: its tree, and its operations and fragments by name (`""` for an operation without one)."""

    tree: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Returns the operation with this name or, without a name, the only one. Raises QueryRejected if missing."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        operation = self.operations.get(name) if name else None
        if operation is None:
            message = (
                f"The document has no operation named {name!r}."
                if name
                else "The document has several operations. Name the one to run in `operationName`."
            )
            raise QueryRejected([QueryError(QueryCode.BAD_USER_INPUT, message, "operationName")])
        return operation


class Documents:
    """The cached documents of one schema. With `suggestions`, errors suggest similar names ("Did you mean …?")."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggestions: bool = True) -> None:
        self._schema = schema
        self._limits = limits
        self._suggestions = suggestions
        self._cache: LRUCache[str, Document] = LRUCache(DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_BYTES)

    def has(self, text: str) -> bool:
        """Whether the document of a text is cached."""
        return text in self._cache

    def get(self, text: str) -> Document:
        """Returns the document of a text. Raises QueryRejected with all errors."""
        document = self._cache.get(text)
        if document is None:
            document = self._read(text)
            self._cache.put(text, document, deep_size((text, document)))
        return document

    def _read(self, text: str) -> Document:
        tree = self._parsed(text)
        try:
            check_size(tree, self._limits)
        except LimitExceeded as exceeded:
            raise QueryRejected([exceeded.problem]) from None
        errors = validate(
            self._schema,
            tree,
            VALIDATION_RULES,
            max_errors=MOST_DOCUMENT_ERRORS,
            hide_suggestions=not self._suggestions,
        )
        if errors:
            raise QueryRejected([_invalid(error, tree) for error in errors[:MOST_DOCUMENT_ERRORS]])
        definitions = tree.definitions
        operations = {
            node.name.value if node.name else "": node
            for node in definitions
            if isinstance(node, OperationDefinitionNode)
        }
        if not operations:
            raise QueryRejected([QueryError(QueryCode.GRAPHQL_VALIDATION_FAILED, "The document has no operation.")])
        fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        return Document(tree, operations, fragments)

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            message = f"The document has more than {self._limits.characters:,} characters."
            raise QueryRejected([QueryError(QueryCode.TOO_LARGE, message, "query")])
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            # Only the messages of graphql-core tell too many tokens and too deep nesting from bad syntax.
            code = QueryCode.GRAPHQL_PARSE_FAILED
            if "more than" in error.message and "tokens" in error.message:
                code = QueryCode.TOO_LARGE
            elif "nest" in error.message or "deep" in error.message:
                code = QueryCode.TOO_DEEP
            raise QueryRejected([QueryError(code, error.message, locations=locations_of(error))]) from None
        except RecursionError:
            raise QueryRejected([QueryError(QueryCode.TOO_DEEP, "The document is nested too deeply.")]) from None


def _invalid(error: GraphQLError, tree: DocumentNode) -> QueryError:
    argument = _argument_around(error.nodes[0], tree) if error.nodes else None
    if isinstance(error.original_error, BadValue):
        message = str(error.original_error)
        return QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=locations_of(error))
    return QueryError(QueryCode.GRAPHQL_VALIDATION_FAILED, error.message, argument, locations=locations_of(error))


def null_error(error: GraphQLError, tree: DocumentNode) -> QueryError:
    """Returns the error for a null in a non-null place of a valid document: the value of a nullable variable with a
    default (GraphQL specification, "All Variable Usages Are Allowed" and "Coercing Field Arguments")."""
    node = error.nodes[0] if error.nodes else None
    message = error.message
    if isinstance(node, VariableNode):
        message = f"The variable ${node.name.value} is null, and this argument or field must not be null."
    argument = _argument_around(node, tree) if node else None
    return QueryError(QueryCode.BAD_USER_INPUT, message, argument, locations=locations_of(error))


def _argument_around(node: Node, tree: DocumentNode) -> str | None:
    """Returns the path of names to a value in the document, from the argument or variable inwards."""
    if node.loc is None:
        return None
    search = _Search(node.loc.start)
    visit(tree, search)
    return ".".join(search.names) if search.names else None


class _Search(Visitor):
    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position
        self.names: list[str] = []

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        self._note(node, node.name.value)

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        self._note(node, node.name.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        self._note(node, node.variable.name.value)

    def _note(self, node: Node, name: str) -> None:
        if node.loc is not None and node.loc.start <= self.position < node.loc.end:
            self.names.append(name)
