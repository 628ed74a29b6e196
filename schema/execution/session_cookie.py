"""The session cookie of the browser that sent a request, and what the operation does with it."""

from dataclasses import dataclass

from resolvers.callers.credentials import SessionToken


@dataclass(eq=False)
class SessionCookie:
    """The session cookie of a request.

    `session` is the token in it, None if the request has none or may not use it. `refusal` says why
    the request may not start a session in a cookie; it is None if it may. `issued` is the token of a session that
    begins with the response, `ended` is whether the session of the cookie has ended.
    """

    session: SessionToken | None = None
    refusal: str | None = None
    issued: str | None = None
    ended: bool = False

    def issue(self, token: str) -> None:
        """Have the response set the cookie to the token of a new session."""
        self.issued = token

    def end(self, session_hash: bytes | None) -> None:
        """Have the response delete the cookie, if it is that of the session with this hash, which has ended."""
        self.ended = self.ended or (self.session is not None and session_hash == self.session.hash)
