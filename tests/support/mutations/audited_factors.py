"""The mutations about second factors, for the test of the audit trail: in an order in which they can run."""

from typing import Any

from app.demo.fixed_ids import named_key
from tests.support.mutations.audited import Case, Done, as_, user_id
from tests.support.passkeys.authenticator import Authenticator
from tests.support.queries import ask
from tests.support.second_factors import App, enroll, ticket_for
from tests.support.server import BASE_URL, Client

ADA, SAM, SUE, BEN = (f"{name}@acme.example" for name in ("ada", "sam", "sue", "ben"))


async def enrolled(client: Client) -> Done:
    token = await client.session(BEN)
    start = "mutation { startTotpEnrollment(input: {}) { enrollment secret } }"
    started = (await client.data(start, token))["startTotpEnrollment"]
    return Done(BEN, {"enrollment": started["enrollment"], "code": App(started["secret"]).code()}, token)


async def with_app(client: Client) -> Done:
    await enroll(client.backend.mutation_context, BEN)
    return Done(BEN, {})


async def proved(client: Client) -> Done:
    app = await enroll(client.backend.mutation_context, BEN)
    return Done(BEN, {"code": app.code()})


async def challenged(client: Client) -> Done:
    app = await enroll(client.backend.mutation_context, BEN)
    return Done(None, {"ticket": (await ticket_for(client.backend.mutation_context, BEN)).token, "code": app.code()})


DEVICE = Authenticator(BASE_URL)


async def new_passkey(client: Client) -> Done:
    token = await client.session(BEN)
    start = "mutation { startPasskeyRegistration(input: {}) { options } }"
    options = (await client.data(start, token))["startPasskeyRegistration"]["options"]
    return Done(BEN, {"credential": DEVICE.create(options), "name": "Phone"}, token)


async def on_passkey(client: Client, **given: Any) -> Done:
    factors = (await ask(client, BEN, "{ viewer { secondFactors { passkeys { id } } } }"))["viewer"]["secondFactors"]
    return Done(BEN, {"id": factors["passkeys"][0]["id"], **given})


async def with_passkey_only(client: Client) -> Done:
    create = "mutation { createPasskeyChallenge(input: {use: SIGN_IN}) { options } }"
    options = (await client.data(create))["createPasskeyChallenge"]["options"]
    return Done(None, {"credential": DEVICE.get(options)})


OF_SECOND_FACTORS: dict[str, tuple[Case, Case | None]] = {
    "startTotpEnrollment": (as_("ben@acme.example"), None),
    "confirmTotpEnrollment": (enrolled, None),
    "createRecoveryCodes": (with_app, None),
    "reauthenticate": (proved, None),
    "completeSignIn": (challenged, None),
    "startPasskeyRegistration": (as_(BEN), None),
    "addPasskey": (new_passkey, None),
    "renamePasskey": (lambda client: on_passkey(client, name="Laptop"), as_(SUE, id=f"psk_{named_key(ADA)}", name="X")),
    "createPasskeyChallenge": (as_(None, use="SIGN_IN"), None),
    "signInWithPasskey": (with_passkey_only, None),
    "removePasskey": (on_passkey, as_(SUE, id=f"psk_{named_key(ADA)}")),
    "resetSecondFactors": (as_(ADA, id=user_id("ben@acme.example")), as_(SAM, id=user_id(ADA))),
    "removeTotp": (with_app, None),
}
