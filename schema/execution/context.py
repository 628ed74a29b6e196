"""What an execution needs of the process around it, and what the mutations of one execution share."""

from collections.abc import Mapping
from dataclasses import dataclass

from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.query.reader import Reader
from resolvers.query.selection import Request
from resolvers.transaction.unit_of_work import MutationContext


@dataclass(frozen=True, slots=True)
class Context:
    """Who calls, what they may do (None when nobody is signed in), and how to read and to write."""

    caller: Caller
    access: Access | None
    reader: Reader
    writing: MutationContext


@dataclass(frozen=True, slots=True)
class PayloadContext:
    """A context with what the payload of each mutation is asked for, by the mutation's response key. Nothing is asked
    of the database where there is no request."""

    context: Context
    payloads: Mapping[str, Request]
