"""Distributed databases that one test after another uses. Before each, the rows of all nodes become those of the
template again.

A new one takes seconds, because each node copies, and later removes, the files of all tables, indexes and shards: a
thousand of them. The rows are few. What a test defines, such as a trigger or a default, can't be undone in this way: a
database with other definitions than it was made with isn't used again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import asyncpg

_SETTINGS: Final = {
    "session_replication_role": "replica",  # neither triggers nor foreign keys
    "citus.override_table_visibility": "off",
    "citus.enable_manual_changes_to_shards": "on",
}

_END_SESSIONS: Final = """
SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
"""Ends all other sessions, and waits for each. The only ones that come back are those of Citus's own daemon."""

_PREPARED: Final = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
"""The transactions that sessions left behind between the two steps of a commit."""

_TABLES: Final = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_dist_partition p WHERE p.logicalrelid = c.oid)
ORDER BY 1"""
"""The tables that have rows on the node itself: shards, copies of reference tables, and tables of the coordinator."""

_DEFINITIONS: Final = """
SELECT md5(string_agg(definition, ',' ORDER BY definition)) FROM (
  SELECT concat_ws('.', 'table', oid, relname) FROM pg_class WHERE relkind <> 't' UNION ALL
  SELECT concat_ws('.', 'column', attrelid, attname, atttypid, attnotnull) FROM pg_attribute
  WHERE attrelid >= 16384 AND attnum > 0 UNION ALL
  SELECT concat_ws('.', 'default', adrelid, adnum, pg_get_expr(adbin, adrelid)) FROM pg_attrdef UNION ALL
  SELECT concat_ws('.', 'constraint', conrelid, conname, pg_get_constraintdef(oid)) FROM pg_constraint UNION ALL
  SELECT concat_ws('.', 'trigger', tgrelid, tgname, tgenabled, tgfoid) FROM pg_trigger UNION ALL
  SELECT concat_ws('.', 'function', oid, prosrc) FROM pg_proc WHERE oid >= 16384 UNION ALL
  SELECT concat_ws('.', 'setting', setrole, setconfig) FROM pg_db_role_setting s
  JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()) AS definitions (definition)"""
"""A digest of what is defined."""


@dataclass(frozen=True)
class _Node:
    """The database on one node, as it was made: a digest of its definitions, its tables, and the rows of those that
    have some, as COPY writes them."""

    url: str
    definitions: str
    tables: Sequence[str]
    rows: dict[str, bytes]


class KeptDatabases:
    """The databases of a test run that are copies of the kept templates."""

    def __init__(self) -> None:
        self._idle: dict[str, list[str]] = {}
        self._nodes: dict[str, Sequence[_Node]] = {}

    def keep(self, template: str) -> None:
        """Keep the databases that are made from this template from now on."""
        self._idle.setdefault(template, [])

    def keeps(self, template: str) -> bool:
        """Whether those of this template are kept."""
        return template in self._idle

    async def add(self, name: str, urls: Sequence[str]) -> None:
        """Remember the rows of a new database, which has these URLs on the nodes, that of the coordinator first."""
        self._nodes[name] = await asyncio.gather(*map(_read, urls))

    def give_back(self, template: str, name: str) -> None:
        """No test uses this database any more."""
        self._idle[template].append(name)

    def take(self, template: str) -> str | None:
        """The name of a database that no test uses; it must be restored before one does. None if there is none."""
        idle = self._idle.get(template)
        return idle.pop() if idle else None

    async def restore(self, name: str) -> bool:
        """End what still runs in the database, and give it the rows that it was made with. False if tests have changed
        more than rows."""
        nodes = self._nodes[name]
        # Sessions of the coordinator begin others on the workers.
        for node in nodes:
            await _end_sessions(node.url)
        return all(await asyncio.gather(*map(_restore, nodes)))

    def forget(self, template: str) -> list[str]:
        """Keep no more databases of this template. Returns the names of those that no test uses."""
        return self._idle.pop(template, [])


async def _connect(url: str) -> Any:
    return await asyncpg.connect(url, server_settings=_SETTINGS)


async def _read(url: str) -> _Node:
    connection = await _connect(url)
    tables = [row["relname"] for row in await connection.fetch(_TABLES)]
    rows = {}
    for table in tables:
        if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):
            output = BytesIO()
            await connection.copy_from_table(table, output=output, format="binary")
            rows[table] = output.getvalue()
    node = _Node(url, await connection.fetchval(_DEFINITIONS), tables, rows)
    await connection.close()
    return node


async def _end_sessions(url: str) -> None:
    connection = await _connect(url)
    await connection.execute(_END_SESSIONS)
    for row in await connection.fetch(_PREPARED):
        await connection.execute(f"ROLLBACK PREPARED '{row['gid']}'")
    await connection.close()


async def _restore(node: _Node) -> bool:
    connection = await _connect(node.url)
    is_same = bool(await connection.fetchval(_DEFINITIONS) == node.definitions)
    if is_same:
        async with connection.transaction():
            await connection.execute(";".join(f'DELETE FROM "{table}"' for table in node.tables))
            for table, rows in node.rows.items():
                await connection.copy_to_table(table, source=BytesIO(rows), format="binary")
    await connection.close()
    return is_same


KEPT: Final = KeptDatabases()
