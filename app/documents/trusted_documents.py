"""Resolves trusted documents in requests: replaces a document's id by its text, and rejects unregistered documents.

Registered documents are cached for some seconds, so a server still runs one for that long after it was removed. A new
one is available at once, because misses are not cached.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from app.http.graphql_request import GraphQLRequest
from resolvers.lru_cache import LRUCache
from resolvers.trusted_documents import PREFIX, digest_of, parse_document_id
from schema.execution.errors import QueryCode, QueryError, QueryRejected

DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS = 5_000, 10_000_000

LoadText = Callable[[bytes], Awaitable[str | None]]


class TrustedDocuments:
    """The registered documents, cached per process. `load_text` returns the text of a registered document by its
    digest, or None; texts are cached for `cache_seconds`. `built_in` are the texts that count as registered in any
    case, by their digest: those of the console and the pages. If `required`, only registered documents may be run."""

    def __init__(
        self,
        load_text: LoadText,
        *,
        required: bool = False,
        cache_seconds: float = 30.0,
        built_in: Mapping[bytes, str] | None = None,
    ) -> None:
        self.required = required
        self.load_text = load_text
        self.cache_seconds = cache_seconds
        self.built_in = built_in or {}
        self._cache: LRUCache[bytes, tuple[str, float]] = LRUCache(DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS)

    async def text(self, digest: bytes) -> str | None:
        """Returns the text of a registered document, or None if it is not registered."""
        if digest in self.built_in:
            return self.built_in[digest]
        cached = self._cache.get(digest)
        if cached is not None and cached[1] > time.monotonic():
            return cached[0]
        text = await self.load_text(digest)
        if text is None:
            self._cache.remove(digest)
        else:
            self._cache.put(digest, (text, time.monotonic() + self.cache_seconds), len(text))
        return text

    def depends_on_register(self, operation: GraphQLRequest) -> bool:
        """Whether the response depends on the register."""
        return self.required or operation.document_id is not None

    async def resolve(self, operation: GraphQLRequest, *, bypass_allow_list: bool) -> GraphQLRequest:
        """Returns the operation with the text of its document. Raises QueryRejected if no document has its id, or if
        only registered documents may be run, it isn't one, and the caller may not `bypass_allow_list`."""
        if operation.document_id is not None:
            digest = parse_document_id(operation.document_id)
            text = await self.text(digest) if digest is not None else None
            if text is None:
                raise _not_found(operation.document_id)
            return replace(operation, text=text)
        if self.required and not bypass_allow_list and await self.text(digest_of(operation.text)) is None:
            message = "This server runs registered documents only."
            raise QueryRejected([QueryError(QueryCode.DOCUMENT_NOT_TRUSTED, message)])
        return operation


def _not_found(document_id: str) -> QueryRejected:
    # Apollo clients recognize this message, and send the text then. Their ids have no prefix.
    message = "No document with this id is registered." if document_id.startswith(PREFIX) else "PersistedQueryNotFound"
    return QueryRejected([QueryError(QueryCode.DOCUMENT_NOT_FOUND, message)])
