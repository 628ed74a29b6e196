"""Times that tests move, in SQL that every database takes."""


def earlier(column: str, interval: str) -> str:
    """The SQL of a time that is `interval` ("2 minutes") before that in a column.

    PostgreSQL computes `column - interval` in the time zone of the session, and Citus allows nothing of a session in an
    UPDATE.
    """
    return f"({column} AT TIME ZONE 'UTC' - interval '{interval}') AT TIME ZONE 'UTC'"
