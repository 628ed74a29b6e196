"""A case of the test that every mutation is audited: who runs it, and with what input."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.demo.fixed_ids import named_key
from tests.support.server import Client


@dataclass(frozen=True)
class Done:
    """A mutation to run as the user `who`, or anonymously, with the alias `it`."""

    who: str | None
    input_: dict[str, Any]
    token: str | None = None
    """The token of the session to use; a new one if it is None."""


Case = Callable[[Client], Awaitable[Done]]


def user_id(email: str) -> str:
    return f"usr_{named_key(email)}"


def as_(who: str | None, **input_: Any) -> Case:
    async def case(_client: Client) -> Done:
        return Done(who, input_)

    return case
