"""Migrates the database schema to the newest revision (Alembic), while servers use it. Imports: models.

`online` has the changes that take more than one transaction, and `compatibility` says which versions of Portico serve
on which schema. CONTRIBUTING.md has how to write a migration.
"""

from migrations.compatibility import READ_FLOOR, can_serve, floor_in, oldest_serving, read_floor
from migrations.distributed import is_distributed
from migrations.scripts import current, head, is_known, pending
from migrations.upgrading import LOCK_KEY, downgrade, upgrade

__all__ = [
    "LOCK_KEY",
    "READ_FLOOR",
    "can_serve",
    "current",
    "downgrade",
    "floor_in",
    "head",
    "is_distributed",
    "is_known",
    "oldest_serving",
    "pending",
    "read_floor",
    "upgrade",
]
