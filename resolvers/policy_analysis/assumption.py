"""Grants that are only assumed: questions about the policy are then answered as if they were stored.

The policy is compiled as always (`authz/hypothetical.py`). In the SQL, the tables of grants have other names, of CTEs
that each statement defines. Nothing is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import CTE, FromClause, Select, column, table

from authz.access import Access
from authz.actor import Traits
from authz.hypothetical import HypotheticalAccess
from authz.policy import Policy
from authz.predicates.sql_template import Substitution
from models import Base
from resolvers.placed_rows import on_copies


@dataclass(frozen=True)
class Assumption:
    """The other names of tables, the CTEs that define their rows, and the values of the CTEs' parameters. If `copied`,
    statements are on copies of the tables, as a distributed database needs them for rows of several organizations."""

    replaced: tuple[tuple[str, str], ...] = ()
    rows: tuple[CTE, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    copied: bool = False

    def access(self, policy: Policy, traits: Traits) -> Access:
        """What `policy` would allow to actors with `traits`."""
        if not self.replaced:
            return Access(policy, traits)
        return HypotheticalAccess(policy, traits, Substitution(self.replaced))

    def alias(self, model: type[Base]) -> FromClause:
        """An alias of the rows of `model`."""
        name = dict(self.replaced).get(model.__tablename__)
        stored = model.__table__
        if name is None:
            return stored.alias()
        return table(name, *(column(each.name, each.type) for each in stored.c)).alias()

    def applied(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """`statement`, which uses conditions of `access` or rows of `alias`, with what they are about."""
        if self.copied:
            return on_copies(statement, *self.rows)
        return statement.add_cte(*self.rows) if self.rows else statement


NOTHING: Final = Assumption()
"""All is as it is stored."""
