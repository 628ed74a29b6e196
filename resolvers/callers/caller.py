"""Who calls: the actor, if any, and where the call comes from, as the audit trail records it."""

from dataclasses import dataclass

from authz.actor import Actor
from resolvers.callers.credentials import Credential, SessionToken
from resolvers.callers.idempotency_claim import IdempotencyClaim


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's sender.

    `actor` is None when nobody is signed in. `credential` is that by which the actor has shown who they are.
    `address` is the client's network address, `request_id` what the logs call this request. `operation` is the GraphQL
    name of the mutation or the query that is run for them, empty where it is none of the API. `claim` is the one on an
    idempotency key under which they write, if any.
    """

    actor: Actor | None = None
    credential: Credential | None = None
    request_id: str = ""
    address: str | None = None
    operation: str = ""
    claim: IdempotencyClaim | None = None

    @property
    def session(self) -> bytes | None:
        """The hash of the session's token; None where nobody is signed in by a session."""
        return self.credential.hash if isinstance(self.credential, SessionToken) else None
