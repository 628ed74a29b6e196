"""The context of an execution: the caller, their access, and the means to read and write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from authz.access import Access
from resolvers.callers.caller import Caller
from resolvers.errors import Problem
from resolvers.policy_analysis.edits.playground import Playground
from resolvers.query.reader import Reader
from resolvers.query.selection import Request
from resolvers.transaction.context import MutationContext
from resolvers.worker_thread import WorkerThread
from schema.execution.input_validation import InputProblems
from schema.execution.session_cookie import SessionCookie

Answer = str | Sequence[Problem]
"""The JSON text of the value of a field, or the problems for which it has none."""


@dataclass(frozen=True, slots=True)
class Context:
    """The caller, what they may access (None if nobody is signed in), and the means to read and write. Introspection
    runs in the thread `worker`, if there is one. `cookie` is the session cookie of the browser that sent the request;
    None if no cookie can be sent to the caller. Edits of the policy are tried out in the `playground`."""

    caller: Caller
    access: Access | None
    reader: Reader
    writing: MutationContext
    worker: WorkerThread | None = None
    cookie: SessionCookie | None = None
    playground: Playground | None = None


@dataclass(frozen=True, slots=True)
class PayloadContext:
    """A context with the requests for the payloads of mutations, the problems of their arguments, and what was answered
    before (`schema/execution/answered_field.py`), by response key."""

    context: Context
    payloads: Mapping[str, Request]
    problems: Mapping[str, InputProblems]
    answers: Mapping[str, Answer] = field(default_factory=dict)
