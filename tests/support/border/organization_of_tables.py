"""Finds the tables of a SQL statement that don't say which organization their rows are of.

A table says it by a condition of its own SELECT, UPDATE or DELETE, joined to the others by AND:

- **by a parameter**: `services.organization_id = $1`,
- **by another table** of the statement, which says it itself or is where the statement begins:
  `services.organization_id = accounts.organization_id`, or `organizations.id = accounts.organization_id`.

Where an organization is optional, as for users, the tenant is what has to be said: a distributed database places the
rows by it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlglot import exp, parse_one

from models import Base
from tests.support.migrations.tenants import PLATFORMS, tenant_of_rows

ORGANIZATION_COLUMNS = {
    table.name: tenant_of_rows(table)
    for table in Base.metadata.sorted_tables
    if table.name not in PLATFORMS and table.name != "emails"
}
"""The tables whose rows are of an organization, and the column that says of which. The directory of emails is one of
all organizations."""

_TIMES = exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDate, exp.Anonymous

Query = exp.Select | exp.Update | exp.Delete
Column = tuple[str, str]


@dataclass
class TableReference:
    """One place where a statement reads or changes a table. `around` are the aliases of the other tables with an
    organization that its conditions could refer to."""

    table: str
    alias: str
    conditions: list[exp.Expr]
    around: set[str]

    @property
    def equal_columns(self) -> set[str]:
        """The columns that are compared with anything by `=`."""
        return {name for (alias, name), _ in self._equations() if alias == self.alias}

    @property
    def named_columns(self) -> set[str]:
        """The columns that its conditions name."""
        columns = (column for condition in self.conditions for column in condition.find_all(exp.Column))
        return {column.name for column in columns if column.table == self.alias}

    @property
    def compared_with(self) -> set[str]:
        """The columns of other tables that are compared with a column of this one by `=`."""
        others = (_column(other) for (alias, _), other in self._equations() if alias == self.alias)
        return {other[1] for other in others if other}

    @property
    def is_empty(self) -> bool:
        """Whether the conditions let no row through."""
        return any(isinstance(condition, exp.Boolean) and not condition.this for condition in self.conditions)

    @property
    def column(self) -> str:
        return ORGANIZATION_COLUMNS[self.table]

    def parameters(self) -> set[str]:
        """The parameters that the organization equals, such as `$1`; a range of one value counts."""
        own = (self.alias, self.column)
        equal = {_parameter(other) for column, other in self._equations() if column == own}
        return {parameter for parameter in equal | self._range(own) if parameter}

    def connected(self) -> set[str]:
        """The aliases of which the organization is the same."""
        own = (self.alias, self.column)
        others = (_column(other) for column, other in self._equations() if column == own)
        return {other[0] for other in others if other and other[1] in ("organization_id", "tenant_id", "id")}

    def _equations(self) -> Iterator[tuple[Column, exp.Expr]]:
        for condition in self.conditions:
            if isinstance(condition, exp.EQ):
                for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
                    if column := _column(one):
                        yield column, other

    def _range(self, own: Column) -> set[str | None]:
        ends = [
            {_parameter(side.right) for side in self.conditions if isinstance(side, kind) and _column(side.left) == own}
            for kind in (exp.GTE, exp.LTE)
        ]
        return ends[0] & ends[1]


def references(sql: str) -> list[TableReference]:
    """Returns where the statement names a table of `ORGANIZATION_COLUMNS`, except those that it inserts into."""
    tree = parse_one(sql, dialect="postgres")
    with_names = {cte.alias for cte in tree.find_all(exp.CTE)}
    found = []
    for query in tree.find_all(exp.Select, exp.Update, exp.Delete):
        conditions = list(_conditions(query))
        own = _tables(query, with_names)
        outer = {alias for parent in _parents(query) for alias in _tables(parent, with_names)}
        for alias, table in own.items():
            found.append(TableReference(table, alias, conditions, (own.keys() | outer) - {alias}))
    return found


def refused_writes(sql: str) -> list[str]:
    """Why a distributed database would refuse to write to a table with an organization, or to lock its rows, although
    the statement names the organization: a subquery among VALUES, what is computed in RETURNING, the time within
    COALESCE or CASE, in a statement that locks, a table that is only tied to another one, and a batch of which it may
    lock more than the limit."""
    tree = parse_one(sql, dialect="postgres")
    refused = []
    for write in tree.find_all(exp.Insert, exp.Update, exp.Delete):
        table = write.find(exp.Table)
        if table is None or table.name not in ORGANIZATION_COLUMNS:
            continue
        values, returning = write.expression, write.args.get("returning")
        if isinstance(values, exp.Values) and values.find(exp.Select):
            refused.append(f"{table.name}: a subquery in VALUES")
        calls = () if returning is None else returning.find_all(exp.Func)
        set_ = write.expressions if isinstance(write, exp.Update) else ()
        if any(choice.find(*_TIMES) for each in set_ for choice in each.find_all(exp.Coalesce, exp.Case)):
            refused.append(f"{table.name}: the time within COALESCE or CASE")
        if any(not isinstance(call, exp.And | exp.Or | exp.Cast) for call in calls):
            refused.append(f"{table.name}: a function in RETURNING")
    locking = [select for select in tree.find_all(exp.Select) if select.args.get("locks")]
    if any(each.args.get("limit") and isinstance(each.find_ancestor(exp.In, exp.CTE), exp.In) for each in locking):
        refused.append("a batch that is locked in a subquery, which may be read again (locked_batch)")
    if locking:
        refused += [f"{each.table}: only tied to another one" for each in references(sql) if not each.parameters()]
    return refused


def silent_tables(sql: str, *, staff: bool, parameters: Collection[str] | None = None) -> list[TableReference]:
    """Returns the tables of the statement that don't say their organization: those without a parameter (`$1`), or
    without one of `parameters` if given. In statements of `staff`, a table with no other one around it needs none, and
    others may be tied to one of those."""
    silent = []
    for reference in references(sql):
        said = reference.parameters()
        if said if parameters is None else said.intersection(parameters):
            continue
        around = reference.around
        if staff and (not around or reference.connected() & around):
            continue
        silent.append(reference)
    return silent


def _tables(query: exp.Expr, with_names: set[str]) -> dict[str, str]:
    """The tables with an organization that a query names, by alias."""
    tables = (source for source in _sources(query) if isinstance(source, exp.Table))
    names = ORGANIZATION_COLUMNS.keys() - with_names
    return {table.alias_or_name: table.name for table in tables if table.name in names}


def _sources(query: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(query, exp.Update | exp.Delete):
        yield query.this
    from_ = query.args.get("from_") or query.args.get("from")
    if from_ is not None:
        yield from_.this
    for join in query.args.get("joins") or ():
        yield join.this
    yield from query.args.get("laterals") or ()
    if isinstance(query, exp.Delete):
        yield from query.args.get("using") or ()


def _conditions(query: exp.Expr) -> Iterator[exp.Expr]:
    where = query.args.get("where")
    if where is not None:
        yield from _conjuncts(where.this)
    for join in query.args.get("joins") or ():
        if join.args.get("on") is not None:
            yield from _conjuncts(join.args["on"])


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _parents(query: exp.Expr) -> Iterator[exp.Expr]:
    parent = query.parent
    while parent is not None:
        if isinstance(parent, exp.Select | exp.Update | exp.Delete):
            yield parent
        parent = parent.parent


def _column(expression: exp.Expr) -> Column | None:
    expression = expression.unnest()
    return (expression.table, expression.name) if isinstance(expression, exp.Column) else None


def _parameter(expression: exp.Expr) -> str | None:
    """The parameter that an expression is, with or without a cast."""
    inner = expression.unnest()
    if isinstance(inner, exp.Cast):
        inner = inner.this
    return f"${inner.name}" if isinstance(inner, exp.Parameter) else None
