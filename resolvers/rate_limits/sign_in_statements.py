"""The statements that count failed sign-ins, in the table `attempt_counts`, with the backoff of `backoff.py` in SQL.

Each is a transaction of its own, and locks rows in the order of the primary key, so that two of them wait for each
other instead of deadlocking. Times are those of the database. A row of the kind KNOWN remembers that an email has
signed in from a source, and counts nothing.
"""

from functools import cache
from typing import Final

from sqlalchemy import text

from resolvers.prepared_statement import PreparedStatement

HERE, ADDRESS, EMAIL = "sign-in: email and address", "sign-in: address", "sign-in: email"
KNOWN: Final = "signed in"

KNOWN_DAYS: Final = 30
"""How long an email is remembered that has signed in from an address."""


def _wait(failures: str) -> str:
    """The seconds to wait after that many failures, as `BackoffPolicy.wait_after`."""
    doubled = f"initial * power(2.0, least({failures} - free, 64))"
    return f"CASE WHEN {failures} < free THEN 0 ELSE least({doubled}, maximum) END"


@cache
def attempt() -> PreparedStatement:
    """Counts an attempt as failed, three times, unless it must wait.

    Returns a row for each count: `before` (its failures until now, None if there is no row), `since` and `age` (when
    the last one was, and how many seconds ago), `added` and `added_at` (its failures now, None if the attempt was not
    counted); in each, `known`, and `passes`: whether it need not wait. If it passes and is not counted everywhere,
    another transaction has made the row: what was counted must be reverted, and the statement repeated.
    """
    return PreparedStatement(
        text(f"""WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:kinds AS text[]), CAST(:keys AS bytea[]), CAST(:free AS integer[]), CAST(:decay AS double precision[]),
    CAST(:initial AS double precision[]), CAST(:maximum AS double precision[])
  ) AS asked (kind, key, free, decay, initial, maximum)
), known AS MATERIALIZED (
  SELECT EXISTS (
    SELECT FROM attempt_counts counted JOIN asked ON asked.kind = '{HERE}' AND asked.key = counted.key
    WHERE counted.kind = '{KNOWN}' AND counted.ends_at > now()
  ) AS yes
), locked AS MATERIALIZED (
  SELECT kind, counted.count AS before, counted.since,
    CAST(greatest(extract(epoch FROM now() - counted.since), 0) AS double precision) AS age
  FROM attempt_counts counted JOIN asked USING (kind, key) ORDER BY kind, key FOR UPDATE OF counted
), judged AS MATERIALIZED (
  SELECT asked.*, before, since, age, remaining, {_wait("before")} AS wait, {_wait("remaining")} AS later_wait
  FROM asked LEFT JOIN locked USING (kind) CROSS JOIN LATERAL (
    SELECT CAST(greatest(coalesce(before - floor(age / decay), 0), 0) AS integer) AS remaining
  ) AS forgiven
), verdict AS MATERIALIZED (
  SELECT yes AS known, NOT EXISTS (
    SELECT FROM judged WHERE age < CASE kind
      WHEN '{HERE}' THEN greatest(
        wait, CASE WHEN yes THEN 0 ELSE (SELECT later_wait FROM judged WHERE kind = '{EMAIL}') END
      )
      WHEN '{ADDRESS}' THEN CASE WHEN yes THEN 0 ELSE wait END
      ELSE 0
    END
  ) AS passes
  FROM known
), updated AS (
  UPDATE attempt_counts counted SET
    count = remaining + 1,
    since = greatest(counted.since, now()),
    ends_at = now() + make_interval(secs => greatest((remaining + 1) * decay, maximum))
  FROM judged, verdict
  WHERE passes AND before IS NOT NULL AND counted.kind = judged.kind AND counted.key = judged.key
  RETURNING counted.kind, counted.count, counted.since
), inserted AS (
  INSERT INTO attempt_counts (kind, key, count, since, ends_at)
  SELECT kind, key, 1, now(), now() + make_interval(secs => greatest(decay, maximum))
  FROM judged, verdict WHERE passes AND before IS NULL ORDER BY kind, key
  ON CONFLICT DO NOTHING
  RETURNING kind, count, since
)
SELECT judged.kind, known, passes, before, judged.since, age, added.count AS added, added.since AS added_at
FROM judged CROSS JOIN verdict
LEFT JOIN (SELECT * FROM updated UNION ALL SELECT * FROM inserted) AS added USING (kind)""")  # noqa: S608
    )


@cache
def known() -> PreparedStatement:
    """Returns a row if the email of the key `here` has signed in from its source before."""
    return PreparedStatement(
        text(f"""SELECT key FROM attempt_counts
WHERE kind = '{KNOWN}' AND key = CAST(:here AS bytea) AND ends_at > now()""")  # noqa: S608
    )


@cache
def revert() -> PreparedStatement:
    """Reverts attempts: a count becomes what it was `before` if nothing was added since, else it is one less. Where
    `forgets` is true, it becomes 0. If `signed_in`, the key `here` is remembered."""
    return PreparedStatement(
        text(f"""WITH asked AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:kinds AS text[]), CAST(:keys AS bytea[]), CAST(:added_at AS timestamptz[]), CAST(:before AS integer[]),
    CAST(:since AS timestamptz[]), CAST(:forgets AS boolean[])
  ) AS asked (kind, key, added_at, before, since_before, forgets)
), locked AS MATERIALIZED (
  SELECT asked.*,
    CASE WHEN forgets THEN 0 WHEN counted.since = added_at THEN before ELSE greatest(counted.count - 1, 0) END AS after
  FROM attempt_counts counted JOIN asked USING (kind, key) ORDER BY kind, key FOR UPDATE OF counted
), remembered AS (
  INSERT INTO attempt_counts AS counted (kind, key, count, since, ends_at)
  SELECT '{KNOWN}', CAST(:here AS bytea), 1, now(), now() + make_interval(days => {KNOWN_DAYS})
  WHERE CAST(:signed_in AS boolean)
  ON CONFLICT (kind, key) DO UPDATE SET ends_at = excluded.ends_at
  WHERE counted.ends_at < excluded.ends_at - interval '1 day'
)
UPDATE attempt_counts counted SET
  count = after,
  since = CASE WHEN counted.since = added_at THEN coalesce(since_before, counted.since) ELSE counted.since END,
  ends_at = CASE WHEN after = 0 THEN now() ELSE counted.ends_at END
FROM locked WHERE counted.kind = locked.kind AND counted.key = locked.key
RETURNING counted.key""")  # noqa: S608
    )
