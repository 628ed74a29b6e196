"""Who guesses waits longer and longer; who owns the account gets in, whatever others do elsewhere."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.rate_limits.backoff import BackoffPolicy
from resolvers.rate_limits.limiter import ENTRIES, BoundedMemory, RateLimiter
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
    """A clock that stands still until it is told otherwise."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def attempt(tries: SignInThrottle, source: str, email: str = SAM, *, right: bool = False) -> str:
    """What a try comes to: `in`, `wrong`, or `wait`."""
    if tries.left(email, source) > 0:
        return "wait"
    try:
        with tries.one(email, source):
            if not right:
                raise MutationRejected(Problem(ErrorCode.CREDENTIALS_INVALID, "No."))
    except MutationRejected:
        return "wrong"
    return "in"


def fail(tries: SignInThrottle, clock: Clock, source: str, times: int, email: str = SAM) -> None:
    """Failures, each as soon as it is let through."""
    for _ in range(times):
        clock.now += tries.left(email, source)
        assert attempt(tries, source, email) == "wrong"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock: Clock) -> SignInThrottle:
    return SignInThrottle(FEW, clock)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(tries: SignInThrottle, clock: Clock) -> None:
    waits = []
    for _ in range(14):
        fail(tries, clock, HOME, 1)
        waits.append(tries.left(SAM, HOME))
    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_who_waits_is_told_how_long_and_waiting_is_enough(tries: SignInThrottle, clock: Clock) -> None:
    fail(tries, clock, HOME, 5)
    assert tries.left(SAM, HOME) == 8
    clock.now += 7.5
    assert attempt(tries, HOME, right=True) == "wait"
    clock.now += 0.5
    assert attempt(tries, HOME, right=True) == "in"


def test_a_day_of_guessing_is_a_hundred_guesses_however_they_are_spread(tries: SignInThrottle, clock: Clock) -> None:
    for pause in (0.0, 60.0, 3600.0):
        end, guesses = clock.now + DAY, 0
        while clock.now < end:
            fail(tries, clock, HOME, 1)
            guesses += 1
            clock.now += pause
        assert guesses <= DAY / 900 + 14


def test_getting_in_resets_this_email_at_this_address_only(tries: SignInThrottle, clock: Clock) -> None:
    fail(tries, clock, HOME, 3)
    fail(tries, clock, ELSEWHERE, 4)
    fail(tries, clock, HOME, 3, "ada@acme.example")
    clock.now += tries.left(SAM, HOME)
    assert attempt(tries, HOME, right=True) == "in"
    fail(tries, clock, HOME, 1)
    assert tries.left(SAM, HOME) == 0
    assert tries.left(SAM, ELSEWHERE) > 0
    assert tries.left("ada@acme.example", HOME) > 0


def test_guessing_through_many_emails_from_one_address_waits_too(tries: SignInThrottle, clock: Clock) -> None:
    assert attempt(tries, HOME, right=True) == "in"
    for number in range(9):
        fail(tries, clock, HOME, 1, f"user{number}@acme.example")
    assert tries.left("user99@acme.example", HOME) == 8
    assert tries.left("user99@acme.example", ELSEWHERE) == 0
    assert attempt(tries, HOME, right=True) == "in"


def test_a_success_does_not_make_the_address_wait_anew(tries: SignInThrottle, clock: Clock) -> None:
    for number in range(9):
        fail(tries, clock, HOME, 1, f"user{number}@acme.example")
    clock.now += 8
    assert attempt(tries, HOME, right=True) == "in"
    assert tries.left("ada@acme.example", HOME) == 0


def test_guesses_from_many_addresses_hold_back_those_who_guess(tries: SignInThrottle, clock: Clock) -> None:
    assert attempt(tries, HOME, right=True) == "in"
    for number in range(40):
        fail(tries, clock, f"198.51.100.{number}", 1)
    assert tries.left(SAM, "198.51.100.1") > 600
    fail(tries, clock, HOME, 1)
    assert [tries.left(SAM, source) for source in (HOME, "203.0.113.9")] == [0, 0]
    clock.now += 900
    assert tries.left(SAM, "198.51.100.1") == 0


SOURCES = [HOME, "198.51.100.1", "198.51.100.2", "198.51.100.3"]
STEPS = st.lists(
    st.tuples(st.sampled_from(SOURCES[1:]), st.sampled_from([SAM, "ada@acme.example"]), st.floats(0, 1000)),
    max_size=60,
)


@given(before=STEPS, after=STEPS, typos=st.integers(0, 1))
def test_nobody_locks_the_owner_out(
    before: list[tuple[str, str, float]], after: list[tuple[str, str, float]], typos: int
) -> None:
    clock = Clock()
    tries = SignInThrottle(FEW, clock)
    for steps in (before, after):
        for source, email, pause in steps:
            attempt(tries, source, email)
            clock.now += pause
        for _ in range(typos if steps is after else 0):
            assert attempt(tries, HOME) == "wrong"
        assert attempt(tries, HOME, right=True) == "in"


def test_what_runs_counts_so_that_many_at_once_do_not_slip_through(tries: SignInThrottle) -> None:
    with tries.one(SAM, HOME), tries.one(SAM, HOME):
        assert tries.left(SAM, HOME) == 1
        assert tries.left(SAM, ELSEWHERE) == 0
    assert tries.left(SAM, HOME) == 0


def test_what_fails_for_another_reason_leaves_no_trace(tries: SignInThrottle, clock: Clock) -> None:
    fail(tries, clock, HOME, 2)
    clock.now += 1
    for _ in range(9):
        with pytest.raises(ConnectionError), tries.one(SAM, HOME):
            raise ConnectionError
    assert attempt(tries, HOME) == "wrong"
    assert tries.left(SAM, HOME) == 2


def test_a_flood_of_emails_and_addresses_does_not_fill_the_memory(clock: Clock) -> None:
    tries = SignInThrottle(FEW, clock, entries=100)
    for number in range(1000):
        attempt(tries, f"198.51.100.{number}", f"user{number}@acme.example")
        attempt(tries, f"203.0.113.{number}", f"user{number}@acme.example", right=True)
    kept = [len(count._tallies) for count in (tries._here, tries._address, tries._email)] + [len(tries._known)]
    assert all(99 <= entries <= 100 for entries in kept)


def test_a_flood_does_not_fill_the_memory_of_the_other_counts() -> None:
    memory = BoundedMemory()
    for number in range(ENTRIES + 50):
        memory.incr(f"key {number}", 3600)
    assert len(memory.storage) == len(memory.expirations) == ENTRIES
    assert (memory.get("key 0"), memory.get(f"key {ENTRIES}")) == (0, 1)


def test_a_flood_of_emails_makes_no_limit_forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.rate_limits.limiter.ENTRIES", 100)
    limits, admin = RateLimiter(), uuid4()

    def ask(number: int, address: str = HOME) -> bool:
        try:
            limits.request_password_reset(f"user{number}@acme.example", address)
        except MutationRejected:
            return False
        return True

    def look() -> bool:
        try:
            limits.ask_email_availability(admin)
        except MutationRejected:
            return False
        return True

    assert [look() for _ in range(61)] == [True] * 60 + [False]
    assert [ask(0, ELSEWHERE) for _ in range(6)] == [True] * 5 + [False]
    assert sum(ask(number) for number in range(1, 500)) == 60
    assert not any(ask(number) for number in range(500, 1000))
    # Nobody's count was pushed out by what the one address has asked.
    assert not look()
    assert not ask(0, ELSEWHERE)


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
def test_a_network_of_ipv6_is_one_address(address: str | None, source: str) -> None:
    assert source_of(address) == source


@pytest.mark.parametrize(
    ("failures", "span"), [(2, "a second"), (3, "2 seconds"), (8, "2 minutes"), (20, "15 minutes")]
)
def test_the_refusal_says_how_long(clock: Clock, failures: int, span: str) -> None:
    limits = RateLimiter(waits=FEW, clock=clock)
    fail(limits._sign_ins, clock, HOME, failures)
    with pytest.raises(MutationRejected) as refused, limits.sign_in(SAM, HOME):
        pytest.fail("the limit was passed")
    [problem] = refused.value.problems
    assert (problem.code, problem.path) == (ErrorCode.RATE_LIMITED, ())
    assert problem.message == f"Too many tries. Try again in {span}."
