"""The steps of one operation, which become its spans (`app/spans.py`)."""

import asyncio

import pytest

from resolvers import timeline


def test_steps_of_one_operation_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_STEPS", 3)
    with timeline.recorded() as steps:
        for _ in range(10):
            timeline.add("step", timeline.now())
    assert len(steps) == 3
    assert timeline.now() == 0


def test_a_short_wait_is_not_a_step() -> None:
    with timeline.recorded() as steps:
        timeline.add_wait("short", timeline.now())
        timeline.add_wait("long", timeline.now() - timeline.SHORTEST_WAIT)
    assert [step.name for step in steps] == ["long"]
    timeline.add_wait("after", timeline.now())


async def test_operations_at_once_keep_their_steps_apart() -> None:
    async def operation(name: str) -> list[timeline.RecordedStep]:
        with timeline.recorded() as steps:
            for _ in range(3):
                start = timeline.now()
                await asyncio.sleep(0)
                timeline.add(name, start)
        return steps

    for name, steps in zip("ab", await asyncio.gather(operation("a"), operation("b")), strict=True):
        assert [step.name for step in steps] == [name] * 3
