"""The caller of a request: its actor, if any, and its origin, as the audit trail records them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from authz.actor import Actor
from resolvers.callers.credentials import Credential, SessionToken
from resolvers.callers.idempotency_claim import IdempotencyClaim


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of one request.

    `actor` is None if nobody is signed in, and `credential` is what the actor authenticated with. `address` is the
    client's network address, `request_id` identifies the request in the logs. `operation` is the GraphQL name of the
    mutation or query, empty outside the API. `claim` is the claim on an idempotency key that the mutation runs under,
    if any. `disconnected` ends when the client has disconnected; None if that can't be known. `user_agent` is the
    header of that name, cut, which a new session is described by. `viewed` is the user as whom they read: only a query
    is read so, and the caller still pays for it and is responsible.
    """

    actor: Actor | None = None
    credential: Credential | None = None
    request_id: str = ""
    address: str | None = None
    operation: str = ""
    claim: IdempotencyClaim | None = None
    disconnected: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)
    user_agent: str = field(default="", compare=False, repr=False)
    viewed: Actor | None = None

    @property
    def session(self) -> SessionToken | None:
        """The session token; None if the credential is not one."""
        return self.credential if isinstance(self.credential, SessionToken) else None

    @property
    def session_hash(self) -> bytes | None:
        """The hash of the session token; None if the credential is not one."""
        return self.session.hash if self.session is not None else None
