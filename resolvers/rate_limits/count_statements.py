"""The statements that count attempts in windows of time, in the table `attempt_counts`.

Each is a transaction of its own. They lock rows in the order of the primary key, so that two of them wait for each
other instead of deadlocking. Times are those of the database.
"""

from functools import cache
from typing import Final

from sqlalchemy import text

from resolvers.prepared_statement import PreparedStatement

ASKED: Final = """
asked AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[]), CAST(:amounts AS integer[]))
    AS asked (kind, key, amount)
), rates AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:rate_kinds AS text[]), CAST(:limits AS integer[]), CAST(:seconds AS double precision[]))
    AS rates (kind, most, seconds)
)"""
"""What is to be counted, each key once, and the limits and windows by kind."""

RUNNING: Final = "(CASE WHEN counted.ends_at <= now() THEN 0 ELSE counted.count END)"
"""The count of the window in progress; 0 if it has ended."""


@cache
def take() -> PreparedStatement:
    """Adds the amounts to the counts, unless one of them would exceed its limit. Returns the keys that were added to:
    all of them, or else too few. Then, what was added must be given back: another transaction was faster.

    The limits are checked on what the transaction sees first, and again on each row once it is locked, because others
    may have counted in the meantime.
    """
    return PreparedStatement(
        text(f"""WITH {ASKED}, added AS (
  INSERT INTO attempt_counts AS counted (kind, key, count, since, ends_at)
  SELECT kind, key, amount, now(), now() + make_interval(secs => seconds)
  FROM asked JOIN rates USING (kind)
  WHERE NOT EXISTS (
    SELECT FROM asked JOIN rates USING (kind) LEFT JOIN attempt_counts counted USING (kind, key)
    WHERE coalesce({RUNNING}, 0) + amount > most
  )
  ORDER BY kind, key
  ON CONFLICT (kind, key) DO UPDATE SET
    count = {RUNNING} + excluded.count,
    since = CASE WHEN counted.ends_at <= now() THEN excluded.since ELSE counted.since END,
    ends_at = CASE WHEN counted.ends_at <= now() THEN excluded.ends_at ELSE counted.ends_at END
  WHERE {RUNNING} + excluded.count <= (SELECT most FROM rates WHERE rates.kind = counted.kind)
  RETURNING kind, key
)
SELECT kind, key FROM added""")  # noqa: S608
    )


@cache
def give_back() -> PreparedStatement:
    """Subtracts the amounts from the counts of the windows in progress. A window without a count has ended."""
    return PreparedStatement(
        text(f"""WITH {ASKED}, locked AS MATERIALIZED (
  SELECT kind, key, greatest(count - amount, 0) AS after FROM attempt_counts counted JOIN asked USING (kind, key)
  ORDER BY kind, key FOR UPDATE OF counted
)
UPDATE attempt_counts counted SET
  count = after, ends_at = CASE WHEN after = 0 THEN now() ELSE counted.ends_at END
FROM locked WHERE counted.kind = locked.kind AND counted.key = locked.key AND counted.ends_at > now()
RETURNING counted.key""")  # noqa: S608
    )


@cache
def read() -> PreparedStatement:
    """Returns the counts of the windows in progress, and the seconds until each ends."""
    return PreparedStatement(
        text("""SELECT kind, key, count AS number,
  CAST(extract(epoch FROM ends_at - now()) AS double precision) AS seconds
FROM attempt_counts
JOIN unnest(CAST(:kinds AS text[]), CAST(:keys AS bytea[])) AS asked (kind, key) USING (kind, key)
WHERE ends_at > now()""")
    )


@cache
def delete_ended() -> PreparedStatement:
    """Deletes the counts that mean nothing any more, except those that are locked."""
    return PreparedStatement(
        text("""DELETE FROM attempt_counts WHERE (kind, key) IN (
  SELECT kind, key FROM attempt_counts WHERE ends_at <= now() FOR UPDATE SKIP LOCKED
) RETURNING key""")
    )


@cache
def delete_beyond() -> PreparedStatement:
    """Deletes the counts of each kind that are beyond the `most` that end last."""
    return PreparedStatement(
        text("""WITH crowded AS (
  SELECT kind, CAST(count(*) AS integer) - CAST(:most AS integer) AS excess
  FROM attempt_counts GROUP BY kind HAVING count(*) > CAST(:most AS integer)
)
DELETE FROM attempt_counts WHERE (kind, key) IN (
  SELECT crowded.kind, oldest.key FROM crowded, LATERAL (
    SELECT key FROM attempt_counts WHERE kind = crowded.kind ORDER BY ends_at, key LIMIT crowded.excess
    FOR UPDATE SKIP LOCKED
  ) AS oldest
) RETURNING key""")
    )
