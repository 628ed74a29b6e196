"""A union has each row once, also if it has one SELECT only; and all unions of resolvers are made so."""

import re

import pytest
from sqlalchemy import column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.database.pools import create_write_engine
from resolvers.distinct_union import distinct_union
from tests.support.source_files import relative, sources

UNION = re.compile(r"(?<![.\w])union\(")


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_each_row_comes_once(shared_database_url: str, number: int) -> None:
    engine = create_write_engine(shared_database_url)
    places = select(func.generate_series(1, 5).column_valued("place")).subquery()
    rests = select((places.c.place % 3).label("rest"))
    connection: AsyncConnection
    async with engine.connect() as connection:
        found = (await connection.execute(distinct_union([rests] * number).order_by(column("rest")))).scalars().all()
    await engine.dispose()
    assert found == [0, 1, 2]


def test_no_other_union_is_made_of_a_list() -> None:
    made = {
        relative(path): len(UNION.findall(path.read_text())) for path in sources() if UNION.search(path.read_text())
    }
    # The other one has two SELECTs.
    assert made == {"resolvers/distinct_union.py": 1, "resolvers/simulations/statement.py": 1}
