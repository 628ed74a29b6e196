"""Trusted documents as the server sees them: what a request asks by an id, and who is answered for nothing else.

A document is looked up once and then known for some seconds: so long a server answers for it after it was removed. One
that is new is known at once, since what is not registered is not kept.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.http.graphql_request import GraphQLRequest
from resolvers.lru_cache import LRUCache
from resolvers.trusted_documents import PREFIX, digest_in, digest_of
from schema.execution.errors import QueryCode, QueryError, QueryRejected

DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS = 5_000, 10_000_000

LookUp = Callable[[bytes], Awaitable[str | None]]


class TrustedDocuments:
    """The register, as known to one process. `look_up` finds the text of a registered document by its digest, and what
    is found is known for `seconds`. With `required`, nothing else is answered."""

    def __init__(self, look_up: LookUp, *, required: bool = False, seconds: float = 30.0) -> None:
        self.required = required
        self.look_up = look_up
        self.seconds = seconds
        self._kept: LRUCache[bytes, tuple[str, float]] = LRUCache(DOCUMENT_CACHE_ENTRIES, DOCUMENT_CACHE_CHARACTERS)

    async def text(self, digest: bytes) -> str | None:
        """The text of a registered document; None where it is not registered."""
        kept = self._kept.get(digest)
        if kept is not None and kept[1] > time.monotonic():
            return kept[0]
        text = await self.look_up(digest)
        if text is None:
            self._kept.drop(digest)
        else:
            self._kept.put(digest, (text, time.monotonic() + self.seconds), len(text))
        return text

    def depends(self, operation: GraphQLRequest) -> bool:
        """Whether what is answered depends on the register."""
        return self.required or operation.document is not None

    async def resolved(self, operation: GraphQLRequest, *, freely: bool) -> GraphQLRequest:
        """The operation with the text of its document. Raises Rejected where none has its id, or where another one is
        sent by somebody who is not answered `freely`."""
        if operation.document is not None:
            digest = digest_in(operation.document)
            text = await self.text(digest) if digest is not None else None
            if text is None:
                raise _not_found(operation.document)
            return replace(operation, text=text)
        if self.required and not freely and await self.text(digest_of(operation.text)) is None:
            message = "This server answers registered documents only."
            raise QueryRejected([QueryError(QueryCode.DOCUMENT_NOT_TRUSTED, message)])
        return operation


def _not_found(document: str) -> QueryRejected:
    # By these words, clients of Apollo know that they are to send the text. Their ids have no prefix.
    message = "No document with this id is registered." if document.startswith(PREFIX) else "PersistedQueryNotFound"
    return QueryRejected([QueryError(QueryCode.DOCUMENT_NOT_FOUND, message)])
