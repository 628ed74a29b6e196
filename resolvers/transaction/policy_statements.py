"""Keeps the statements of mutations that contain conditions of the policy, per policy and traits."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select

from authz.access import Access
from authz.recording import DecisionRequest, RecordingAccess
from resolvers.lru_cache import LRUCache
from resolvers.prepared_statement import PreparedStatement

ENTRIES: Final = 500
CHARACTERS: Final = 16_000_000
"""The total length of the texts."""

BuildSelect = Callable[..., Select[*tuple[Any, ...]]]
"""Takes the access, and the values on which it depends besides."""


@dataclass(frozen=True, slots=True)
class _Kept:
    statement: PreparedStatement
    recorded: frozenset[DecisionRequest]


class PolicyStatements:
    """The statements of one process that were used last. Those of a former policy leave when others need the room.

    Keys contain the version of the policy instead of the policy, so that no entry keeps a former policy alive.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Hashable, _Kept] = LRUCache(ENTRIES, CHARACTERS)

    def get(self, access: Access, build: BuildSelect, *variant: Hashable) -> PreparedStatement:
        """The statement that `build`, a function of a module, builds for actors with this access. `variant` is what it
        depends on besides. If `access` records decisions, it records those of the statement."""
        key = (build, access.policy.version, access.traits, variant)
        kept = self._kept.get(key)
        if kept is None:
            recording = RecordingAccess(access.policy, access.traits)
            statement = PreparedStatement(build(recording, *variant))
            kept = _Kept(statement, frozenset(recording.recorded))
            self._kept.put(key, kept, len(statement.sql))
        if isinstance(access, RecordingAccess):
            access.recorded.update(kept.recorded)
        return kept.statement
