"""The demo users whom pages offer for signing in."""

from dataclasses import dataclass

from app.demo.example_users import PASSWORD, USERS, State


@dataclass(frozen=True)
class DemoSignIn:
    """A demo user that visitors of a page can sign in as."""

    email: str
    password: str
    about: str


def demo_sign_ins() -> list[DemoSignIn]:
    """Returns the demo users who can sign in."""
    return [DemoSignIn(user.email, PASSWORD, user.about) for user in USERS if user.state is State.ACTIVE]
