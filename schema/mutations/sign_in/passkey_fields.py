"""The fields of `Mutation` about passkeys, with their descriptions."""

import strawberry

from schema.mutations.sign_in import passkeys

start_passkey_registration = strawberry.mutation(
    passkeys.start_passkey_registration,
    description="Creates a challenge for a new passkey. Nothing changes until `addPasskey` or "
    "`activateUserWithPasskey`.",
)
add_passkey = strawberry.mutation(
    passkeys.add_passkey,
    description="Adds a passkey, which is a second factor, and signs you in alone as well. All your other sessions "
    "end, and you are told by email.",
)
rename_passkey = strawberry.mutation(passkeys.rename_passkey, description="Renames one of your passkeys.")
remove_passkey = strawberry.mutation(
    passkeys.remove_passkey,
    description="Removes one of your passkeys, and with your last second factor your recovery codes. All your "
    "other sessions end, and you are told by email.",
)
create_passkey_challenge = strawberry.mutation(
    passkeys.create_passkey_challenge,
    description="Creates a challenge for a passkey: to sign in, or to prove again who you are. The number of "
    "challenges is limited.",
)
sign_in_with_passkey = strawberry.mutation(
    passkeys.sign_in_with_passkey,
    description="Starts a new session with a passkey, which is the second factor after `signIn`, or the only one.",
)
