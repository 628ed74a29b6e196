"""The exception of the embedded PostgreSQL."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL could not be started or stopped; the message says why and what to do."""
