"""When a mail is tried again is a value, so it can be read off."""

from datetime import timedelta

from app.mail.retry import GiveUp, Pause, next_try


def test_pauses_grow_to_an_hour() -> None:
    pauses = [next_try(attempts) for attempts in range(1, 11)]
    seconds = [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert pauses == [Pause(timedelta(seconds=pause)) for pause in seconds]


def test_mails_are_given_up_after_some_days() -> None:
    waited, attempts = timedelta(), 1
    while isinstance(decision := next_try(attempts), Pause):
        waited += decision.time
        attempts += 1
    assert timedelta(days=2) < waited < timedelta(days=7)


def test_a_permanent_rejection_is_not_tried_again() -> None:
    assert isinstance(next_try(1, permanent=True), GiveUp)
