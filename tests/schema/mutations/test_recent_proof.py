"""Which mutations ask for a recent proof: a rule for every mutation of the schema, held against each of them."""

from dataclasses import replace

import pytest
from graphql import GraphQLObjectType

from app.demo.fixed_ids import named_key
from schema.schema import graphql_schema
from tests.support.mutations.every_mutation import CASES, events, run, token_of
from tests.support.second_factors import age_proofs
from tests.support.server import Client

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.invariant("recent_proof")]

ASK = {
    *("startTotpEnrollment", "confirmTotpEnrollment", "removeTotp", "createRecoveryCodes", "resetSecondFactors"),
    *("startPasskeyRegistration", "addPasskey", "removePasskey"),
    *("linkIdentity", "unlinkIdentity", "configureSingleSignOn", "removeSingleSignOn"),
    *("addSignInDomain", "verifySignInDomain", "removeSignInDomain"),
    *("createUser", "inviteUsers", "changeUsers", "extendAccess", "restoreUser", "approveAccessRequest"),
    *("createApiClient", "rotateApiClientSecret", "createScimToken"),
    *("createWebhook", "rotateWebhookSecret"),
}
"""The mutations that give access, change how somebody signs in, or show a secret."""

BEGINS = "Nobody is signed in yet, or the input itself proves who it is."
TAKES_AWAY = "It only takes something away."
GIVES_NOTHING = "It gives nobody access."
DO_NOT_ASK = {
    **dict.fromkeys(("signIn", "completeSignIn", "signInWithProvider", "activateUser", "reauthenticate"), BEGINS),
    **dict.fromkeys(("requestPasswordReset", "resetPassword", "activateUserWithPasskey"), BEGINS),
    **dict.fromkeys(("createPasskeyChallenge", "signInWithPasskey"), BEGINS),
    "renamePasskey": "It changes what the user calls a passkey.",
    "changePassword": "It asks for the password itself.",
    **dict.fromkeys(("signOut", "endSession", "endOtherSessions", "stopViewAs", "removeUser"), TAKES_AWAY),
    **dict.fromkeys(("retireApiClientSecret", "revokeApiClient", "retireWebhookSecret", "removeWebhook"), TAKES_AWAY),
    **dict.fromkeys(("revokeScimToken", "removeAccessTemplate", "declineAccessRequest"), TAKES_AWAY),
    "withdrawAccessRequest": TAKES_AWAY,
    "startViewAs": "It shows only what the admin sees anyway, and ends with the session.",
    "resendActivation": "The link goes to the mailbox of the user, as the first one did.",
    "requestAccess": "Somebody else decides.",
    "updateUser": "It asks if access becomes more, as below: a name gives none.",
    "createAccessTemplate": "Nobody has it yet.",
    "updateAccessTemplate": "It asks if users have the template and get more, as below.",
    "updateWebhook": "It asks unless it only pauses (`tests/resolvers/mutations/webhooks/test_configure.py`).",
    "updateOrganizationSettings": "It asks for the requirement of a second factor (`test_second_factors.py`).",
    **dict.fromkeys(("createAccessReview", "decideAccessReviewEntries", "signOffAccessReview"), GIVES_NOTHING),
    **dict.fromkeys(("sendWebhookTest", "resendWebhookEvent"), "It goes where webhooks go already."),
    **dict.fromkeys(("createContractAccount", "createDeliveryAccount"), GIVES_NOTHING),
    **dict.fromkeys(("createService", "importServices"), "Staff onboard, also by programs, and see everything anyway."),
    "createOrganization": "Staff onboard; the first admin gets a link in a mailbox.",
}
"""The mutations that don't, and why not."""


async def test_there_is_a_rule_for_every_mutation() -> None:
    root = graphql_schema().mutation_type
    assert isinstance(root, GraphQLObjectType)
    assert not ASK & DO_NOT_ASK.keys()
    assert set(root.fields) == ASK | DO_NOT_ASK.keys()


async def test_each_mutation_asks_or_not_as_the_rule_says(client: Client) -> None:
    writing = client.backend.mutation_context
    for name, (succeeding, _) in CASES.items():
        done = await succeeding(client)
        done = replace(done, token=await token_of(client, done))
        await age_proofs(writing)
        before = len(await events(client))
        errors, _ = await run(client, name, done)
        if name not in ASK:
            assert errors == [], name
            continue
        assert [error["code"] for error in errors] == ["REAUTHENTICATION_REQUIRED"], name
        assert len(await events(client)) == before, f"{name} has changed something"
        await age_proofs(writing, "1 minute")
        errors, _ = await run(client, name, done)
        assert errors == [], name


async def test_the_others_ask_as_soon_as_they_give_access(client: Client) -> None:
    ada, ben = await client.session("ada@acme.example"), f"usr_{named_key('ben@acme.example')}"
    read = "query ($id: ID!) { node(id: $id) { ... on User { version } } }"
    version = (await client.data(read, ada, id=ben))["node"]["version"]
    make = """mutation ($i: CreateAccessTemplateInput!) { createAccessTemplate(input: $i) {
      accessTemplate { id version } } }"""
    template = (await client.data(make, ada, i={"name": "Given"}))["createAccessTemplate"]["accessTemplate"]
    new = {"email": "holder@acme.example", "firstName": "Has", "lastName": "It", "template": template["id"]}
    create = "mutation ($i: CreateUserInput!) { createUser(input: $i) { errors { code } } }"
    assert (await client.data(create, ada, i=new))["createUser"]["errors"] == []
    await age_proofs(client.backend.mutation_context)
    more = {"permissions": ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "ORDERS_VIEW", "ORDERS_APPROVE"]}
    for name, input_ in (
        ("updateUser", {"id": ben, "version": version, **more}),
        ("updateAccessTemplate", template | more),
    ):
        type_ = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($i: {type_}!) {{ it: {name}(input: $i) {{ errors {{ code }} }} }}"
        answer = (await client.data(document, ada, i=input_))["it"]
        assert answer["errors"] == [{"code": "REAUTHENTICATION_REQUIRED"}], name
