"""Sessions, links and tokens."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.declare import Positive, variable


class SignInSettings(BaseSettings):
    """Sessions, links and tokens."""

    session_idle: Positive = variable(
        "PORTICO_SESSION_IDLE", timedelta(hours=2), "A session ends after it has been unused for this long."
    )
    session_lifetime: Positive = variable(
        "PORTICO_SESSION_LIFETIME", timedelta(hours=24), "A session ends this long after its sign-in, used or not."
    )
    sign_in_ticket_lifetime: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(hours=1))] = variable(
        "PORTICO_SIGN_IN_TICKET_LIFETIME",
        timedelta(minutes=10),
        "How long users may take between their password and their second factor, or to set one up: up to an hour.",
    )
    proof_lifetime: Positive = variable(
        "PORTICO_PROOF_LIFETIME",
        timedelta(minutes=10),
        "How long after their last proof of who they are users may change their second factors, create API clients, "
        "and give access, before they are asked for a proof again.",
    )
    staff_second_factor: bool = variable(
        "PORTICO_STAFF_SECOND_FACTOR",
        False,
        "Whether staff need a second factor to sign in by password. Those without one set it up at their next sign-in.",
    )
    activation_lifetime: Positive = variable(
        "PORTICO_ACTIVATION_LIFETIME", timedelta(days=7), "How long the link in an activation mail is valid."
    )
    reset_lifetime: Positive = variable(
        "PORTICO_RESET_LIFETIME", timedelta(hours=1), "How long the link in a password reset mail is valid."
    )
    idempotency_lifetime: Positive = variable(
        "PORTICO_IDEMPOTENCY_LIFETIME",
        timedelta(days=1),
        "How long a mutation that is sent again with the same Idempotency-Key isn't executed again.",
    )
    access_token_lifetime: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(days=1))] = variable(
        "PORTICO_ACCESS_TOKEN_LIFETIME",
        timedelta(minutes=10),
        "How long an API client's access token is valid: up to a day.",
    )
    signing_key_lifetime: Annotated[timedelta, Field(ge=timedelta(days=1))] = variable(
        "PORTICO_SIGNING_KEY_LIFETIME",
        timedelta(days=90),
        "How long a key signs access tokens before the next one replaces it: a day or more.",
    )
