"""The register of trusted documents, by the SHA-256 of their text."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Row, any_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from models import TrustedDocument
from resolvers.bulk_insert import insert_many
from resolvers.transaction.unit_of_work import UnitOfWork

PREFIX = "sha256:"


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to register; `name` lists the names of its operations."""

    text: str
    name: str

    @property
    def digest(self) -> bytes:
        """The key of the document in the register."""
        return digest_of(self.text)


class UnknownDocuments(Exception):
    """Some documents are not registered; the message names them."""


def digest_of(text: str) -> bytes:
    """The SHA-256 of a document's text in UTF-8."""
    return sha256(text.encode()).digest()


def document_id(digest: bytes) -> str:
    """The id of a document as clients send it (GraphQL over HTTP, "Persisted Documents"): `sha256:7dba4b…`."""
    return PREFIX + digest.hex()


def parse_document_id(id_: str) -> bytes | None:
    """The SHA-256 in a document's id, with or without the prefix; None if it contains none."""
    digits = id_.removeprefix(PREFIX)
    is_digest = len(digits) == 64 and all(digit in "0123456789abcdef" for digit in digits)
    return bytes.fromhex(digits) if is_digest else None


async def load_text(connection: AsyncConnection, digest: bytes) -> str | None:
    """The text of a registered document, or None."""
    text: str | None = (
        await connection.execute(select(TrustedDocument.text).where(TrustedDocument.digest == digest))
    ).scalar()
    return text


async def add(work: UnitOfWork, documents: Iterable[NewDocument]) -> frozenset[bytes]:
    """Register documents; documents that are already registered get a new `added_at`. Returns the digests of the new
    ones."""
    by_digest = {document.digest: document for document in documents}
    digests = sorted(by_digest)
    registered = (await work.execute(select(TrustedDocument.digest).where(_digest_in(digests)))).scalars().all()
    columns: dict[str, list[Any]] = {
        "digest": digests,
        "text": [by_digest[digest].text for digest in digests],
        "name": [by_digest[digest].name for digest in digests],
    }
    insertion = insert_many(TrustedDocument, columns)
    await work.execute(insertion.on_conflict_do_update(index_elements=["digest"], set_={"added_at": func.now()}))
    return frozenset(by_digest).difference(registered)


async def remove(work: UnitOfWork, digests: Collection[bytes]) -> None:
    """Remove documents from the register, all or none. Raises UnknownDocuments if some are not registered."""
    deletion = delete(TrustedDocument).where(_digest_in(sorted(digests))).returning(TrustedDocument.digest)
    unknown = set(digests).difference((await work.execute(deletion)).scalars())
    if unknown:
        raise UnknownDocuments(f"not registered: {', '.join(map(document_id, sorted(unknown)))}")


async def list_documents(work: UnitOfWork) -> Sequence[Row[*tuple[Any, ...]]]:
    """All registered documents, by name: `digest`, `name`, `created_at`, `added_at`."""
    columns = (
        TrustedDocument.digest,
        TrustedDocument.name,
        TrustedDocument.created_at,
        TrustedDocument.added_at,
    )
    return (await work.execute(select(*columns).order_by(TrustedDocument.name, TrustedDocument.digest))).all()


def _digest_in(digests: list[bytes]) -> ColumnElement[bool]:
    # One parameter for any number of digests.
    return TrustedDocument.digest == any_(literal(digests, ARRAY(LargeBinary)))
