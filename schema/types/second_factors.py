"""The type `SecondFactors`: what the user who asks has in addition to a password."""

import strawberry

from resolvers.query.registry import Encoding
from resolvers.types import second_factors
from schema.declare.fields import column, gql_type, group, listed
from schema.declare.scalars import DateTime


@gql_type
class AuthenticatorApp:
    """Your authenticator app, which displays codes (RFC 6238)."""

    added_at: DateTime = column("When you set it up.")
    last_used_at: DateTime | None = column("When you last gave one of its codes after setting it up. Null if never.")


@gql_type
class Passkey:
    """A passkey of yours: a key on a device, with which you sign in by PIN, face or fingerprint."""

    id: strawberry.ID = column(
        "The id of the passkey, for `renamePasskey` and `removePasskey`.", encoding=Encoding.PLAIN
    )
    name: str = column("The name that you gave it.")
    added_at: DateTime = column("When you added it.")
    last_used_at: DateTime | None = column("When you last signed in or proved who you are with it. Null if never.")


@gql_type
class SecondFactors:
    """Your second factors: what you give in addition to your password."""

    app: AuthenticatorApp | None = group(
        "Your authenticator app. Null if you have not set one up.", present=second_factors.has_app
    )
    passkeys: list[Passkey] = listed(second_factors.own_passkeys, "Your passkeys, the first added first.")
    recovery_codes_left: int = column("How many of your recovery codes are left.")
    is_required: bool = column(
        "Whether you must have a second factor: your organization requires it, or for staff, the operator."
    )
