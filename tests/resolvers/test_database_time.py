"""What an operation pays for its time in the database."""

import asyncio

import pytest

from resolvers.database_time import record, start_measuring, surcharge


@pytest.mark.parametrize(
    ("seconds", "nodes", "paid"),
    [
        (0.0, 1, 0),
        (0.1, 1, 0),
        (0.109, 1, 0),
        (0.1102, 1, 10),
        (0.3, 2_000, 0),
        (0.3, 1, 190),
        (7.0, 52, 6_890),
        (10.0, 25_000, 7_400),
    ],
)
def test_each_full_step_beyond_the_free_time_is_paid(seconds: float, nodes: int, paid: int) -> None:
    assert surcharge(seconds, nodes) == paid


async def test_statements_of_one_operation_are_summed_also_in_its_tasks_and_threads() -> None:
    async def operation(*times: float) -> float:
        measured = start_measuring()
        for seconds in times:
            record(seconds)
            await asyncio.sleep(0)
            await asyncio.create_task(asyncio.to_thread(record, seconds))
        return measured.seconds

    tasks = [asyncio.create_task(operation(1.0, 2.0)), asyncio.create_task(operation(0.5))]
    assert await asyncio.gather(*tasks) == [6.0, 1.0]


async def test_what_is_not_measured_is_not_recorded() -> None:
    record(1.0)
    assert start_measuring().seconds == 0.0
