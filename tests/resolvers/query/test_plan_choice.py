"""The faster of two statements is used, and the other is looked at again after a while."""

from random import Random
from uuid import UUID

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.policy import Policy
from resolvers.query.plan_choice import RECENT, REPEAT_AFTER, SLOW_SECONDS, VERY_SLOW_SECONDS, Choice, Key, PlanChoices
from tests.support.prepared_operations import request


def key(policy: Policy, organization: int = 1, text: str = "{ users { nodes { email } } }") -> Key:
    """What is asked, in one of two organizations."""
    return Access(policy, Traits(ActorKind.MEMBER)), request(text).selection, UUID(int=organization), None


def run(choices: PlanChoices, asked: Key, times: int, usual: float, large: float) -> int:
    """Runs statements that take these times, and returns how often it was that for large organizations."""
    count = 0
    for _ in range(times):
        choice = choices.choose(asked)
        choices.record(asked, choice, large if choice.large else usual)
        count += choice.large
    return count


def test_a_fast_usual_statement_is_never_questioned(policy: Policy) -> None:
    assert run(PlanChoices(), key(policy), 1000, usual=SLOW_SECONDS / 2, large=0) == 0


def test_a_slow_one_gives_way_for_its_organization_only(policy: Policy) -> None:
    choices = PlanChoices()
    assert run(choices, key(policy), 1 + REPEAT_AFTER // 2, usual=0.5, large=0.002) == REPEAT_AFTER // 2
    assert run(PlanChoices(), key(policy), 103, usual=2 * SLOW_SECONDS, large=0.002) == 103 - RECENT
    assert not choices.choose(key(policy, 2)).large


def test_planning_is_not_taken_for_a_slow_statement(policy: Policy) -> None:
    """The first executions in a session are slow, and the others are not."""
    choices = PlanChoices()
    for _ in range(5):
        assert run(choices, key(policy), 2, usual=3 * SLOW_SECONDS, large=0) == 0
        assert run(choices, key(policy), 2, usual=SLOW_SECONDS / 10, large=0) == 0


def test_one_that_is_no_faster_is_tried_only_now_and_then(policy: Policy) -> None:
    assert run(PlanChoices(), key(policy), 5 * REPEAT_AFTER, usual=0.02, large=0.03) <= 4 + RECENT


def test_of_two_that_are_about_the_same_the_usual_one_is_used(policy: Policy) -> None:
    """Under load, what a statement takes varies by a factor of three, whichever it is."""
    choices, asked, times, count = PlanChoices(), key(policy), Random(1), 0
    for _ in range(5_000):
        is_large = choices.choose(asked).large
        choices.record(asked, Choice(is_large), times.uniform(0.02, 0.06))
        count += is_large
    assert count <= 50


def test_many_at_once_try_the_other_one_no_more_often(policy: Policy) -> None:
    choices, asked, count = PlanChoices(), key(policy), 0
    run(choices, asked, RECENT, usual=0.02, large=0.02)
    for _ in range(2 * REPEAT_AFTER):
        at_once = [choices.choose(asked).large for _ in range(16)]
        for is_large in at_once:
            choices.record(asked, Choice(is_large), 0.02)
        count += sum(at_once)
    assert count <= RECENT + 5


def test_a_list_with_a_filter_is_judged_by_its_slowest_value(policy: Policy) -> None:
    """One word in three is in no name: the usual statement then reads all of them."""
    text = '{ users(filter: {search: "x"}) { nodes { email } } }'
    for asked, expected in ((key(policy, text=text), True), (key(policy), False)):
        choices = PlanChoices()
        for number in range(30):
            is_large = choices.choose(asked).large
            usual = 0.15 if number % 3 == 0 else 0.001
            choices.record(asked, Choice(is_large), 0.003 if is_large else usual)
        assert choices.choose(asked).large is expected


def test_trying_the_other_one_takes_little_of_the_time(policy: Policy) -> None:
    """A statement of five seconds is not tried in every two hundred executions of one of ten milliseconds."""
    choices, asked = PlanChoices(), key(policy)
    assert 20 * REPEAT_AFTER - run(choices, asked, 20 * REPEAT_AFTER, usual=5, large=0.01) == 1


def test_the_choice_follows_the_data(policy: Policy) -> None:
    choices = PlanChoices()
    run(choices, key(policy), 10, usual=0.5, large=0.002)
    assert choices.choose(key(policy)).large
    run(choices, key(policy), 10 * REPEAT_AFTER, usual=0.001, large=0.02)
    assert not choices.choose(key(policy)).large


def test_lists_in_an_organization_that_is_known_to_be_large_begin_with_its_statement(policy: Policy) -> None:
    assert PlanChoices().choose(key(policy), sees_much=True) == Choice(large=True)
    assert PlanChoices().choose(key(policy, text="{ viewer { user { email } } }"), sees_much=True) == Choice(
        large=False
    )


def test_the_usual_statement_is_then_tried_for_a_short_time(policy: Policy) -> None:
    choices, asked = PlanChoices(), key(policy)
    for _ in range(RECENT):
        assert choices.choose(asked, sees_much=True).large
        choices.record(asked, Choice(True), 0.01)
    assert choices.choose(asked, sees_much=True)[:2] == (False, VERY_SLOW_SECONDS)
    choices.record(asked, Choice(False), VERY_SLOW_SECONDS)
    assert choices.choose(asked, sees_much=True)[:2] == (True, None)


def test_the_usual_statement_is_kept_where_it_is_the_faster_one(policy: Policy) -> None:
    choices, asked = PlanChoices(), key(policy)
    for _ in range(3 * RECENT):
        large = choices.choose(asked, sees_much=True).large
        choices.record(asked, Choice(large), 0.01 if large else 0.001)
    assert choices.choose(asked, sees_much=True)[:2] == (False, None)
