"""A fair queue leaves places for newcomers, serves organizations and callers in turn, and bounds every wait."""

import asyncio
from collections.abc import Callable, Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolvers.fair_queue import FairQueue, Flow, QueueFull

ADA, BEN, MAX = Flow("acme", "ada"), Flow("acme", "ben"), Flow("globex", "max")


async def fill(queue: FairQueue, flow: Flow, number: int) -> list["asyncio.Task[None]"]:
    """Take places until `number` were asked for; return the calls that wait."""
    calls = [asyncio.create_task(queue.acquire(flow)) for _ in range(number)]
    await asyncio.sleep(0)
    return [call for call in calls if not call.done()]


async def end(calls: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel calls that wait."""
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_a_caller_holds_half_of_the_places_and_an_organization_three_quarters() -> None:
    queue = FairQueue("test", places=16, waiting=100, patience=10)
    callers = [Flow("acme", number) for number in range(20)]
    waiting = await fill(queue, callers[0], 16)
    assert queue.held(callers[0]) == 8
    for caller in callers[1:]:
        waiting += await fill(queue, caller, 2)
    assert queue.held("acme") == 12
    assert await fill(queue, MAX, 1) == []
    await end(waiting)


@pytest.mark.parametrize("places", range(1, 5))
async def test_few_places_can_be_used_too(places: int) -> None:
    queue = FairQueue("test", places, waiting=4, patience=10)
    for _ in range(3):
        await queue.acquire(ADA)
        queue.release(ADA)
    assert queue.free == places


async def test_organizations_are_served_in_turn_and_within_them_callers() -> None:
    queue = FairQueue("test", places=1, waiting=100, patience=10)
    await queue.acquire(MAX)
    order: list[Flow] = []

    async def call(flow: Flow) -> None:
        await queue.acquire(flow)
        order.append(flow)
        queue.release(flow)

    calls = [asyncio.create_task(call(flow)) for flow in [ADA] * 6 + [BEN] * 2 + [MAX] * 2]
    await asyncio.sleep(0)
    queue.release(MAX)
    await asyncio.gather(*calls)
    assert order == [ADA, MAX, BEN, MAX, ADA, BEN, ADA, ADA, ADA, ADA]


async def test_one_line_is_bounded_for_a_caller_an_organization_and_all() -> None:
    queue = FairQueue("test", places=1, waiting=8, patience=10)
    await queue.acquire(ADA)
    waiting = []
    for flow, number in [(ADA, 2), (BEN, 2), (Flow("acme", "cal"), 0), (MAX, 2), (Flow("globex", "mia"), 2)]:
        waiting += await fill(queue, flow, number)
        with pytest.raises(QueueFull):
            await queue.acquire(flow)
    with pytest.raises(QueueFull):
        await queue.acquire(Flow("initech", "ivy"))
    assert (queue.waiting(), queue.refused) == (8, 6)
    await end(waiting)
    assert queue.waiting() == 0


async def test_whoever_waits_too_long_is_refused_and_leaves_the_line() -> None:
    queue = FairQueue("test", places=1, waiting=8, patience=0.001)
    await queue.acquire(ADA)
    with pytest.raises(QueueFull):
        await queue.acquire(MAX)
    queue.release(ADA)
    assert (queue.free, queue.waiting(), queue.held(MAX)) == (1, 0, 0)


async def test_a_call_that_is_cancelled_just_when_it_got_its_place_gives_it_back() -> None:
    queue = FairQueue("test", places=1, waiting=8, patience=10)
    await queue.acquire(ADA)
    [call] = await fill(queue, MAX, 1)
    queue.release(ADA)
    call.cancel()
    await asyncio.wait([call])
    assert (call.cancelled(), queue.free, queue.held(MAX)) == (True, 1, 0)


async def test_a_place_that_becomes_free_just_after_a_call_is_cancelled_goes_to_the_next() -> None:
    queue = FairQueue("test", places=1, waiting=8, patience=10)
    await queue.acquire(ADA)
    [leaving], [staying] = await fill(queue, ADA, 1), await fill(queue, ADA, 1)
    leaving.cancel()
    queue.release(ADA)
    await asyncio.wait([leaving, staying])
    assert (leaving.cancelled(), staying.exception(), queue.free, queue.held(ADA)) == (True, None, 0, 1)
    queue.release(ADA)
    assert (queue.free, queue.waiting()) == (1, 0)


async def test_refusals_are_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    queue = FairQueue("tests", places=0, waiting=0, patience=10)
    for _ in range(5):
        with pytest.raises(QueueFull):
            await queue.acquire(ADA)
    [record] = [record for record in caplog.records if record.name == "portico.queues"]
    assert record.getMessage() == "Too many wait for tests: 1 refused since the start."


class Play:
    """Calls that take, hold, leave and release places, in any order."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.queue = FairQueue("test", places, waiting=20, patience=10)
        self.calls: dict[Flow, list[asyncio.Task[None]]] = {}

    def call(self, flow: Flow) -> None:
        """One more call."""
        self.calls.setdefault(flow, []).append(asyncio.create_task(self.queue.acquire(flow)))

    def leave(self, flow: Flow) -> None:
        """The first call that waits is cancelled."""
        waiting = [call for call in self.calls.get(flow, []) if not call.done()]
        for call in waiting[:1]:
            call.cancel()
            self.calls[flow].remove(call)

    def end(self, flow: Flow) -> None:
        """The first call that holds a place releases it."""
        for call in self.holding(flow)[:1]:
            self.queue.release(flow)
            self.calls[flow].remove(call)

    def holding(self, flow: Flow) -> list["asyncio.Task[None]"]:
        """The calls that hold places."""
        return [call for call in self.calls.get(flow, []) if call.done() and not call.exception()]

    def check(self) -> None:
        """The queue knows who holds what, and leaves no place free without a reason."""
        held = {flow: len(self.holding(flow)) for flow in self.calls}
        assert {flow: self.queue.held(flow) for flow in self.calls} == held
        assert self.queue.free == self.places - sum(held.values()) >= 0
        assert self.queue.free < self.places or not self.queue.waiting()


@given(
    st.integers(1, 6),
    st.lists(
        st.tuples(
            st.sampled_from([[Play.call], [Play.end], [Play.leave], [Play.leave, Play.end], [Play.end, Play.leave]]),
            st.sampled_from([Flow(organization, (organization, n)) for organization in range(2) for n in range(2)]),
        ),
        max_size=80,
    ),
)
@example(1, [([Play.call], ADA), ([Play.call], ADA), ([Play.leave, Play.end], ADA), ([Play.call], ADA)])
def test_places_are_neither_lost_nor_given_twice(
    places: int, steps: list[tuple[list[Callable[[Play, Flow], None]], Flow]]
) -> None:
    async def run() -> None:
        play = Play(places)
        for moves, flow in steps:
            for move in moves:  # in the same moment
                move(play, flow)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            play.check()
        await end([call for calls in play.calls.values() for call in calls if not call.done()])
        assert play.queue.waiting() == 0

    asyncio.run(run())
