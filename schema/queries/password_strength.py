"""The query `passwordStrength`: how hard a password is to guess, while it is typed."""

from typing import Annotated

import strawberry

from resolvers.identity.password_check import rate_password
from schema.declare.fields import gql_type
from schema.execution.read_payload import Info


@gql_type
class PasswordStrength:
    """How hard a password is to guess for an attacker who knows the user."""

    score: int = strawberry.field(
        description="From 0, which is guessed at once, to 4, which is very hard to guess. 0 if it is too short or too "
        "long."
    )
    accepted: bool = strawberry.field(description="Whether the password may be set.")
    feedback: list[str] = strawberry.field(
        description="How to improve the password, as sentences. Empty if it is accepted."
    )


async def password_strength(
    info: Info,
    password: Annotated[str, strawberry.argument(description="The password.")],
    token: Annotated[
        str | None,
        strawberry.argument(
            description="The token from an activation link or a password reset link. If it is valid, the password is "
            "rated for the user to whom the link was mailed; otherwise for nobody in particular. If omitted, it is "
            "rated for you."
        ),
    ] = None,
    first_name: Annotated[
        str | None, strawberry.argument(description="The first name that is being entered with the password, if any.")
    ] = None,
    last_name: Annotated[
        str | None, strawberry.argument(description="The last name that is being entered with the password, if any.")
    ] = None,
) -> PasswordStrength:
    """Resolves `passwordStrength`."""
    context = info.context.context
    strength = await rate_password(context.writing, context.caller, password, token, first_name, last_name)
    return PasswordStrength(score=strength.score, accepted=not strength.advice, feedback=list(strength.advice))
