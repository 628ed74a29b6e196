"""The script that pg_restore prints is run whole, wherever its pieces are cut."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.backup.errors import BackupError
from app.backup.script import Script
from tests.support.databases import in_new_loop
from tests.support.depth import examples

SCRIPT = rb"""--
-- PostgreSQL database dump
--

\restrict abcDEF123

SET statement_timeout = 0;
SET transaction_timeout = 0;
CREATE SCHEMA public;
CREATE FUNCTION public.f() RETURNS text AS $$
-- stays
SELECT 'a;
b' $$;

COPY public."or""der" (id, "number") FROM stdin;
1	one
2	\\.
\.
COPY public.empty (id) FROM stdin;
\.


CREATE INDEX i ON public.empty (id);
--
-- complete
--

\unrestrict abcDEF123
"""

EXPECTED = [
    (
        "execute",
        "SET statement_timeout = 0;|CREATE FUNCTION public.f() RETURNS text AS $$|-- stays|SELECT 'a;|b' $$;",
    ),
    ("copy", "public", 'or"der', ["id", "number"], b"1\tone\n2\t\\\\.\n"),
    ("copy", "public", "empty", ["id"], b""),
    ("execute", "CREATE INDEX i ON public.empty (id);"),
]


class Recorder:
    """Stands for a connection, and records what it is to run."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    async def execute(self, statements: str) -> None:
        lines = statements.splitlines()
        self.calls.append(("execute", "|".join(line for line in lines if line not in ("", "--"))))

    async def copy_to_table(
        self, table: str, *, schema_name: str, columns: list[str], source: AsyncIterator[bytes], **options: str
    ) -> None:
        assert options == {"format": "text"}
        self.calls.append(("copy", schema_name, table, columns, b"".join([piece async for piece in source])))


async def run(*pieces: bytes) -> list[Any]:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    recorder = Recorder()
    await Script(recorder, chunks()).run()  # type: ignore[arg-type]
    return [
        (name, *(text.removeprefix("-- PostgreSQL database dump|").removesuffix("|-- complete") for text in rest))
        if name == "execute"
        else (name, *rest)
        for name, *rest in recorder.calls
    ]


@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, len(SCRIPT)), max_size=20).map(sorted))
def test_it_runs_the_same_however_it_is_cut(cuts: list[int]) -> None:
    bounds = [0, *cuts, len(SCRIPT)]
    # An empty piece would be the end.
    pieces = [SCRIPT[start:end] for start, end in pairwise(bounds) if start < end]
    assert in_new_loop(run(*pieces)) == EXPECTED


async def test_a_script_that_ends_within_a_table_is_refused() -> None:
    with pytest.raises(BackupError, match="middle of a table"):
        await run(SCRIPT[: SCRIPT.index(b"2\t")])


async def test_commands_of_psql_are_not_run(database_url: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"SELECT 1;\n\\! touch /tmp/never\n"

    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await Script(connection, chunks()).run()
    finally:
        await connection.close()
