"""The strength of a password is judged in a time that its sender can't stretch."""

from typing import Any

import pytest
import zxcvbn
from zxcvbn import matching

from resolvers.identity import password_strength
from resolvers.identity.password_strength import SUBSTITUTES, password_weakness

ALL_SUBSTITUTES = "".join(sorted(SUBSTITUTES))


@pytest.fixture
def variants(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of readings that zxcvbn tries for each password, because a character may stand for a letter."""
    numbers: list[int] = []
    enumerate_subs = matching.enumerate_l33t_subs

    def counted(table: dict[str, list[str]]) -> list[Any]:
        found: list[Any] = enumerate_subs(table)
        numbers.append(len(found))
        return found

    monkeypatch.setattr(matching, "enumerate_l33t_subs", counted)
    return numbers


async def test_characters_that_stand_for_letters_do_not_multiply(variants: list[int]) -> None:
    for password in (ALL_SUBSTITUTES, ALL_SUBSTITUTES[::-1] * 2, "1|!7" * 9, "4@({[<3698" * 3):
        await password_weakness(password, [])
    assert max(variants) <= 24


def test_all_characters_that_zxcvbn_reads_as_letters_are_known() -> None:
    assert {each for group in matching.L33T_TABLE.values() for each in group} == SUBSTITUTES


async def test_a_weak_password_in_disguise_is_still_found() -> None:
    assert await password_weakness("P@$$w0rd123", []) is not None
    assert await password_weakness("p4$$w0rd!!", []) is not None


async def test_the_users_own_words_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    judge = zxcvbn.zxcvbn

    def recorded(text: str, user_inputs: list[str]) -> Any:
        given.append(user_inputs)
        return judge(text, user_inputs=user_inputs)

    monkeypatch.setattr(password_strength, "zxcvbn", recorded)
    words = ["x " * 500_000, "y" * 1_000_000, "violet@ladder.example"]
    assert await password_weakness("violet ladder humming quietly", words) is None
    for inputs in given:
        assert len(inputs) <= 40
        assert max(map(len, inputs)) <= 254


async def test_a_name_of_many_words_does_not_push_the_email_out() -> None:
    assert await password_weakness("winterbottom", ["a " * 1000, "frederick.winterbottom@acme.example"]) is not None
