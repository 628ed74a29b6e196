"""Guessing passwords takes longer and longer, but nobody can lock the owner of an account out of their own address."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.attempt_counts import MemoryCounts
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.counting import ENTRIES, BoundedMemory
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.rate_limits.sign_in_throttle import SignInBackoff, SignInThrottle, source_of

SAM, HOME, ELSEWHERE = "sam@acme.example", "192.0.2.1", "192.0.2.2"
FEW = SignInBackoff(
    email_and_address=BackoffPolicy(free_attempts=2, decay_interval=900),
    address=BackoffPolicy(free_attempts=6, decay_interval=60),
    email=BackoffPolicy(free_attempts=12, decay_interval=60),
)
DAY = 86_400.0


@dataclass
class Clock:
    """A clock that only moves when it is set."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def attempt(throttle: SignInThrottle, source: str, email: str = SAM, *, correct: bool = False) -> str:
    """The result of an attempt: `in`, `wrong`, or `wait`."""
    if throttle.remaining(email, source) > 0:
        return "wait"
    try:
        with throttle.attempt(email, source):
            if not correct:
                raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "No."))
    except MutationRejected:
        return "wrong"
    return "in"


def fail(throttle: SignInThrottle, clock: Clock, source: str, times: int, email: str = SAM) -> None:
    """Fails a number of times, each as soon as an attempt is allowed."""
    for _ in range(times):
        clock.now += throttle.remaining(email, source)
        assert attempt(throttle, source, email) == "wrong"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> SignInThrottle:
    return SignInThrottle(FEW, clock)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(throttle: SignInThrottle, clock: Clock) -> None:
    waits = []
    for _ in range(14):
        fail(throttle, clock, HOME, 1)
        waits.append(throttle.remaining(SAM, HOME))
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_the_remaining_wait_is_exact(throttle: SignInThrottle, clock: Clock) -> None:
    fail(throttle, clock, HOME, 5)
    assert throttle.remaining(SAM, HOME) == 8
    clock.now += 7.5
    assert attempt(throttle, HOME, correct=True) == "wait"
    clock.now += 0.5
    assert attempt(throttle, HOME, correct=True) == "in"


def test_a_day_allows_about_a_hundred_guesses_however_they_are_spread(throttle: SignInThrottle, clock: Clock) -> None:
    for pause in (0.0, 60.0, 3600.0):
        end, guesses = clock.now + DAY, 0
        while clock.now < end:
            fail(throttle, clock, HOME, 1)
            guesses += 1
            clock.now += pause
        assert guesses <= DAY / 900 + 14


def test_a_sign_in_resets_this_email_at_this_address_only(throttle: SignInThrottle, clock: Clock) -> None:
    fail(throttle, clock, HOME, 3)
    fail(throttle, clock, ELSEWHERE, 4)
    fail(throttle, clock, HOME, 3, "ada@acme.example")
    clock.now += throttle.remaining(SAM, HOME)
    assert attempt(throttle, HOME, correct=True) == "in"
    fail(throttle, clock, HOME, 1)
    assert throttle.remaining(SAM, HOME) == 0
    assert throttle.remaining(SAM, ELSEWHERE) > 0
    assert throttle.remaining("ada@acme.example", HOME) > 0


def test_guessing_across_many_emails_from_one_address_is_throttled(throttle: SignInThrottle, clock: Clock) -> None:
    assert attempt(throttle, HOME, correct=True) == "in"
    for number in range(9):
        fail(throttle, clock, HOME, 1, f"user{number}@acme.example")
    assert throttle.remaining("user99@acme.example", HOME) == 8
    assert throttle.remaining("user99@acme.example", ELSEWHERE) == 0
    assert attempt(throttle, HOME, correct=True) == "in"


def test_a_success_does_not_throttle_the_address_again(throttle: SignInThrottle, clock: Clock) -> None:
    for number in range(9):
        fail(throttle, clock, HOME, 1, f"user{number}@acme.example")
    clock.now += 8
    assert attempt(throttle, HOME, correct=True) == "in"
    assert throttle.remaining("ada@acme.example", HOME) == 0


def test_guesses_from_many_addresses_throttle_those_addresses_only(throttle: SignInThrottle, clock: Clock) -> None:
    assert attempt(throttle, HOME, correct=True) == "in"
    for number in range(40):
        fail(throttle, clock, f"198.51.100.{number}", 1)
    assert throttle.remaining(SAM, "198.51.100.1") > 600
    fail(throttle, clock, HOME, 1)
    assert [throttle.remaining(SAM, source) for source in (HOME, "203.0.113.9")] == [0, 0]
    clock.now += 900
    assert throttle.remaining(SAM, "198.51.100.1") == 0


SOURCES = [HOME, "198.51.100.1", "198.51.100.2", "198.51.100.3"]
STEPS = st.lists(
    st.tuples(st.sampled_from(SOURCES[1:]), st.sampled_from([SAM, "ada@acme.example"]), st.floats(0, 1000)),
    max_size=60,
)


@given(before=STEPS, after=STEPS, typos=st.integers(0, 1))
def test_the_owner_can_not_be_locked_out(
    before: list[tuple[str, str, float]], after: list[tuple[str, str, float]], typos: int
) -> None:
    clock = Clock()
    throttle = SignInThrottle(FEW, clock)
    for steps in (before, after):
        for source, email, pause in steps:
            attempt(throttle, source, email)
            clock.now += pause
        for _ in range(typos if steps is after else 0):
            assert attempt(throttle, HOME) == "wrong"
        assert attempt(throttle, HOME, correct=True) == "in"


def test_concurrent_attempts_count_while_they_run(throttle: SignInThrottle) -> None:
    with throttle.attempt(SAM, HOME), throttle.attempt(SAM, HOME):
        assert throttle.remaining(SAM, HOME) == 1
        assert throttle.remaining(SAM, ELSEWHERE) == 0
    assert throttle.remaining(SAM, HOME) == 0


def test_an_attempt_that_fails_for_another_reason_does_not_count(throttle: SignInThrottle, clock: Clock) -> None:
    fail(throttle, clock, HOME, 2)
    clock.now += 1
    for _ in range(9):
        with pytest.raises(ConnectionError), throttle.attempt(SAM, HOME):
            raise ConnectionError
    assert attempt(throttle, HOME) == "wrong"
    assert throttle.remaining(SAM, HOME) == 2


def test_a_flood_of_emails_and_addresses_does_not_fill_the_memory(clock: Clock) -> None:
    throttle = SignInThrottle(FEW, clock, entries=100)
    for number in range(1000):
        attempt(throttle, f"198.51.100.{number}", f"user{number}@acme.example")
        attempt(throttle, f"203.0.113.{number}", f"user{number}@acme.example", correct=True)
    sizes = [len(count._tallies) for count in (throttle._here, throttle._address, throttle._email)] + [
        len(throttle._signed_in)
    ]
    assert all(99 <= entries <= 100 for entries in sizes)


def test_a_flood_does_not_fill_the_memory_of_the_other_counts() -> None:
    memory = BoundedMemory()
    for number in range(ENTRIES + 50):
        memory.incr(f"key {number}", 3600)
    assert (memory.get("key 0"), memory.get(f"key {ENTRIES}")) == (0, 1)
    assert memory.reset() == ENTRIES


async def test_a_flood_of_emails_evicts_no_other_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.rate_limits.counting.ENTRIES", 100)
    limits, admin = RateLimiter(), uuid4()

    async def request_reset(number: int, address: str = HOME) -> bool:
        try:
            await limits.request_password_reset(f"user{number}@acme.example", address)
        except MutationRejected:
            return False
        return True

    async def check_email() -> bool:
        try:
            await limits.check_email_availability(admin, [()])
        except MutationRejected:
            return False
        return True

    assert [await check_email() for _ in range(61)] == [True] * 60 + [False]
    assert [await request_reset(0, ELSEWHERE) for _ in range(6)] == [True] * 5 + [False]
    assert sum([await request_reset(number) for number in range(1, 500)]) == 60
    assert not any([await request_reset(number) for number in range(500, 1000)])
    # The requests of one address have evicted no other count.
    assert not await check_email()
    assert not await request_reset(0, ELSEWHERE)


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one_address(address: str | None, source: str) -> None:
    assert source_of(address) == source


@pytest.mark.parametrize(
    ("failures", "span"), [(2, "a second"), (3, "2 seconds"), (8, "2 minutes"), (20, "15 minutes")]
)
async def test_the_error_says_how_long_to_wait(clock: Clock, failures: int, span: str) -> None:
    counts = MemoryCounts(FEW, clock)
    fail(counts.sign_ins, clock, HOME, failures)
    with pytest.raises(MutationRejected) as rejected:
        async with RateLimiter(counts=counts).sign_in(SAM, HOME):
            pytest.fail("the limit was passed")
    [problem] = rejected.value.problems
    assert (problem.code, problem.path) == (ErrorCode.RATE_LIMITED, ())
    assert problem.message == f"Too many attempts. Try again in {span}."
