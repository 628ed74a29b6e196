"""Finds what a migration does that stops a service: from the statements that it really sends.

The rules about SQL are Squawk's (https://squawkhq.com/docs/rules); those here are about what it doesn't look at. The
statements are recorded, with their transactions, while the migration runs on an empty database.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, event

SQUAWK = Path(sys.executable).with_name("squawk")

RULES = (
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-drop-column",
    "ban-drop-constraint",
    "ban-drop-function",
    "ban-drop-not-null",
    "ban-drop-table",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "renaming-column",
    "renaming-table",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "require-concurrent-reindex",
    "syntax-error",
)
"""Squawk's rules about rewrites, locks and what a former version needs. Its others are about style."""

BEGIN, COMMIT = "BEGIN", "COMMIT"

_MAINTENANCE = re.compile(
    r"LOCK\b|TRUNCATE\b|CLUSTER\b|VACUUM\b.*\bFULL\b|ALTER TABLE .*\bSET (UN)?LOGGED\b",
    re.IGNORECASE | re.DOTALL,
)
_CHANGE = re.compile(
    r"(?:WITH\b.*?\b)?(?:UPDATE|DELETE FROM|INSERT INTO|MERGE INTO)\s+(?:ONLY\s+)?([\w.\"]+)", re.IGNORECASE | re.DOTALL
)
_CREATED = re.compile(r"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([\w.\"]+)", re.IGNORECASE)
_REPLACED = re.compile(r"DROP CONSTRAINT IF EXISTS (\w+), ADD CONSTRAINT \1\b")
_HELPING_CHECK = re.compile(r"DROP CONSTRAINT IF EXISTS ck_\w+_is_not_null$")
_REPEATABLE = re.compile(
    r"\bIF (NOT )?EXISTS\b|\bOR REPLACE\b|\bSET NOT NULL$|^(SELECT|SET|COMMENT)\b|alembic_version", re.IGNORECASE
)


@dataclass
class Recording:
    """The statements that were sent, BEGIN and COMMIT among them."""

    statements: list[str] = field(default_factory=list)
    inside: bool = False

    def script(self) -> str:
        """The statements as a file of SQL."""
        return ";\n".join([*self.statements, COMMIT] if self.inside else self.statements) + ";\n"


@dataclass(frozen=True)
class Finding:
    """A rule that a statement breaks."""

    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


@contextmanager
def recording(engine_connection: Connection) -> Iterator[Recording]:
    """Record what is sent on a connection during the block."""
    made = Recording()

    def record(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SET LOCAL lock_timeout"):
            return
        inside = connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT"
        if inside != made.inside:
            made.statements.append(BEGIN if inside else COMMIT)
            made.inside = inside
        made.statements.append(statement.strip().rstrip(";"))

    event.listen(engine_connection, "before_cursor_execute", record)
    try:
        yield made
    finally:
        event.remove(engine_connection, "before_cursor_execute", record)


def lint(recorded: Recording) -> list[Finding]:
    """All findings about the statements of one migration."""
    return [*_squawk(recorded), *_own_rules(recorded.statements)]


def _squawk(recorded: Recording) -> Iterator[Finding]:
    command = [str(SQUAWK), "--pg-version", "15", "--reporter", "json"]
    script = recorded.script()
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, timeout=60)
    # 1 means that there are findings, of whatever rule.
    if done.returncode not in (0, 1):
        raise RuntimeError(f"squawk failed: {done.stderr}")
    lines = script.splitlines()
    for found in json.loads(done.stdout or "[]"):
        if found["rule_name"] not in RULES:
            continue
        statement = "\n".join(lines[found["line"] : found["line_end"] + 1])
        if found["rule_name"] == "ban-drop-constraint" and (
            _REPLACED.search(statement) or _HELPING_CHECK.search(statement.rstrip(";"))
        ):
            continue
        yield Finding(found["rule_name"], f"{found['message']} {found['help'] or ''}\n  {statement}")


def _own_rules(statements: list[str]) -> Iterator[Finding]:
    """`long-lock`, `unbatched-change` (of many rows in one transaction), `not-repeatable` (after which a migration that
    fails half-way can't be tried again)."""
    created = {match[1] for statement in statements for match in [_CREATED.match(statement)] if match}
    inside, is_split = False, COMMIT in statements[:-1]
    for statement in statements:
        if statement in (BEGIN, COMMIT):
            inside = statement == BEGIN
            continue
        if _MAINTENANCE.match(statement):
            yield Finding("long-lock", f"Nobody can use the table until the migration is done.\n  {statement}")
        changed = _CHANGE.match(statement)
        if inside and changed and changed[1] not in {"alembic_version", *created}:
            yield Finding("unbatched-change", f"Use migrations.online.update_in_batches.\n  {statement}")
        if is_split and inside and not _REPEATABLE.search(statement):
            yield Finding(
                "not-repeatable", f"The migration has several transactions, and can't run this twice.\n  {statement}"
            )
