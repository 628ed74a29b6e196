"""The SQL function `skeleton`: emails that look the same have the same skeleton, others have not."""

import asyncpg
import pytest

SAME = [
    ("ada@acme.example", "\u0430d\u0430@acme.example"),
    ("ada@acme.example", "ada@\u0430\u0441m\u0435.example"),
    ("bob@acme.example", "b0b@acme.example"),
    ("bob@acme.example", "b\u03bfb@acme.example"),
    ("mo@acme.example", "rno@acme.example"),
    ("will@acme.example", "wi11@acme.example"),
    ("will@acme.example", "wi||@acme.example"),
    ("ivy@acme.example", "\u0131vy@acme.example"),
    ("ivy@acme.example", "\u0456vy@acme.example"),
    ("aero@acme.example", "\u00e6ro@acme.example"),
    ("ada@acme.example", "\U0001d41a\U0001d41d\U0001d41a@acme.example"),
    ("\u03bf\u03bd@x.example", "\u043e\u03bd@x.example"),
    ("jos\u00e9@x.example", "jose\u0301@x.example"),
]
DIFFERENT = [
    ("ada@acme.example", "ida@acme.example"),
    ("ada@acme.example", "ada@acme.test"),
    ("jose@x.example", "jos\u00e9@x.example"),
    ("a.b@x.example", "ab@x.example"),
    ("ада@x.example", "иван@x.example"),
]


async def skeletons(database_url: str, pair: tuple[str, str]) -> list[str]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("SELECT skeleton(email) AS s FROM unnest($1::text[]) AS email", pair)
    await connection.close()
    return [row["s"] for row in rows]


@pytest.mark.parametrize("pair", SAME)
async def test_emails_that_look_the_same(shared_database_url: str, pair: tuple[str, str]) -> None:
    one, other = await skeletons(shared_database_url, pair)
    assert one == other


@pytest.mark.parametrize("pair", DIFFERENT)
async def test_emails_that_look_different(shared_database_url: str, pair: tuple[str, str]) -> None:
    one, other = await skeletons(shared_database_url, pair)
    assert one != other
