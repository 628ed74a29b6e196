"""For each mutation, how it succeeds and how it is denied over GraphQL, in an order in which all of them can run."""

from typing import Any

from sqlalchemy import and_, select

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from models import AuditEvent, OneTimeToken, TokenPurpose, User
from resolvers.callers.caller import Caller
from resolvers.identity.hashing import derive_token
from resolvers.mutations.access_reviews.recorder import record_next
from schema.schema import graphql_schema
from tests.support.mutations.audited import Case, Done, as_, user_id
from tests.support.mutations.audited_factors import OF_SECOND_FACTORS
from tests.support.mutations.audited_scim import OF_SCIM
from tests.support.mutations.audited_webhooks import OF_WEBHOOKS
from tests.support.openid.audit_cases import OF_SINGLE_SIGN_ON
from tests.support.passkeys.authenticator import Authenticator
from tests.support.queries import ask
from tests.support.resolver_fixtures import EAST, PEAR, SECRET_KEY, SOUTH
from tests.support.server import BASE_URL, Client

STAFF = "staff@portico.example"
ADA, SAM, SUE = "ada@acme.example", "sam@acme.example", "sue@acme.example"
STRONG = "seven blue kettles sing"


async def version(client: Client, email: str) -> int:
    query = "query ($id: ID!) { node(id: $id) { ... on User { version } } }"
    return int((await ask(client, ADA, query, id=user_id(email)))["node"]["version"])


async def link(client: Client, email: str, purpose: TokenPurpose) -> str:
    """Returns the token in the newest email of this purpose to a user."""
    async with client.backend.engine.connect() as connection:
        is_owner = User.tenant_id == OneTimeToken.tenant_id, User.id == OneTimeToken.user_id
        keys = select(OneTimeToken.id, OneTimeToken.tenant_id).join(User, and_(*is_owner))
        newest = keys.where(User.email == email, OneTimeToken.purpose == purpose).order_by(OneTimeToken.id.desc())
        return derive_token(SECRET_KEY, purpose, *(await connection.execute(newest.limit(1))).one())


async def updated(client: Client, who: str, email: str) -> Done:
    return Done(who, {"id": user_id(email), "version": await version(client, email), "firstName": "New"})


async def activated(client: Client) -> Done:
    token = await link(client, "new@acme.example", TokenPurpose.ACTIVATION)
    return Done(None, {"token": token, "password": STRONG})


async def activated_with_passkey(client: Client) -> Done:
    token = await link(client, "one@acme.example", TokenPurpose.ACTIVATION)
    start = "mutation ($link: String!) { startPasskeyRegistration(input: {activationToken: $link}) { options } }"
    options = (await client.data(start, link=token))["startPasskeyRegistration"]["options"]
    made = {"credential": Authenticator(BASE_URL).create(options), "passkeyName": "Phone"}
    return Done(None, {"token": token, **made, "firstName": "One", "lastName": "User"})


async def other_session(client: Client) -> Done:
    """Ends one of two sessions of Sue's; they are left to `endOtherSessions`."""
    for _ in range(2):
        await client.session(SUE)
    sessions = (await ask(client, SUE, "{ viewer { sessions { id } } }"))["viewer"]["sessions"]
    return Done(SUE, {"id": sessions[0]["id"]})


async def reset(client: Client) -> Done:
    token = await link(client, "ben@acme.example", TokenPurpose.PASSWORD_RESET)
    return Done(None, {"token": token, "password": STRONG})


async def signed_off(client: Client, who: str) -> Done:
    """Signs off the newest review of ACME, or an unknown one if there is none."""
    query = "query ($id: ID!) { accessReview(organization: $id) { id } }"
    await record_next(client.backend.mutation_context, Caller())
    review = (await ask(client, ADA, query, id=f"org_{named_key(ACME)}"))["accessReview"]
    return Done(who, {"id": review["id"], "note": "Looked at"})


async def decided(client: Client, who: str) -> Done:
    """Marks an entry of the newest review of ACME."""
    await record_next(client.backend.mutation_context, Caller())
    query = "query ($id: ID!) { accessReview(organization: $id) { id entries(first: 1) { nodes { id } } } }"
    review = (await ask(client, ADA, query, id=f"org_{named_key(ACME)}"))["accessReview"]
    [entry] = review["entries"]["nodes"]
    return Done(who, {"review": review["id"], "decisions": [{"entry": entry["id"], "decision": "KEEP"}]})


async def on_client(client: Client, who: str, *, secret: bool = False) -> Done:
    """A mutation of Ada's API client, with the older of its secrets."""
    query = "{ apiClients { nodes { id secrets { secretId } } } }"
    [api_client] = (await ask(client, ADA, query))["apiClients"]["nodes"]
    return Done(who, {"id": api_client["id"]} | ({"secret": api_client["secrets"][0]["secretId"]} if secret else {}))


async def on_template(client: Client, who: str, **change: Any) -> Done:
    """A mutation of the template that Ada has, or makes."""
    query = "{ accessTemplates { nodes { id } } }"
    if not (nodes := (await ask(client, ADA, query))["accessTemplates"]["nodes"]):
        made = {"name": "North", "contractAccounts": [f"ca_{EAST}"]}
        text = """mutation ($input: CreateAccessTemplateInput!) { createAccessTemplate(input: $input) {
          accessTemplate { id } } }"""
        nodes = [(await ask(client, ADA, text, input=made))["createAccessTemplate"]["accessTemplate"]]
    return Done(who, {"id": nodes[0]["id"]} | change)


async def viewing(client: Client) -> Done:
    """Stops a view that the session has started."""
    token = await client.session(ADA)
    start = 'mutation ($id: ID!) { startViewAs(input: {id: $id, reason: "Ticket"}) { errors { code } } }'
    assert (await client.data(start, token, id=user_id(SUE)))["startViewAs"] == {"errors": []}
    return Done(ADA, {"id": user_id(SUE)}, token)


async def on_request(client: Client, who: str, **values: Any) -> Done:
    """A mutation of the newest access request of Sue, or of one that she makes if none is pending."""
    query = "{ accessRequests(filter: {state: [PENDING]}) { nodes { id } } }"
    if not (await ask(client, SUE, query))["accessRequests"]["nodes"]:
        make = "mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { accessRequest { id } } }"
        await ask(client, SUE, make, input=WISH)
    [request] = (await ask(client, SUE, query))["accessRequests"]["nodes"]
    return Done(who, {"id": request["id"], **values})


WISH = {"permission": "SUPPORT_EDIT", "reason": "For the audit"}
NEW = {"email": "new@acme.example", "firstName": "New", "lastName": "User"}
ACCOUNT = {"organization": f"org_{named_key(ACME)}", "name": "ACME West"}
SERVICE = ACCOUNT | {
    "contractAccount": f"ca_{SOUTH}",
    "deliveryAccount": f"da_{PEAR}",
    "code": "SVC-000099",
    "name": "Line 99",
    "city": "Utrecht",
    "country": "NL",
}
IMPORTED = {
    "organization": f"org_{named_key(ACME)}",
    "csv": "code,name,status,contract_account,delivery_account,city,country\n"
    "SVC-000100,Line,ACTIVE,ACME South,PEAR Corp,Oslo,NO",
}
ONBOARDED = {"name": "Initech", "admin": {"email": "first@initech.example", "firstName": "First", "lastName": "Admin"}}
PROGRAM = {"name": "Export", "scopes": ["BASIC_READ"]}
MAX = {"id": user_id("max@globex.example")}

# For each mutation, one case that succeeds and one that the access rules deny, in an order in which they can run;
# None where those rules have no say in it: whoever comes with the password, the link or the session may.
CASES: dict[str, tuple[Case, Case | None]] = {
    "signIn": (as_(None, email=SUE, password=PASSWORD), None),
    **OF_SECOND_FACTORS,
    "signOut": (as_(SUE), None),
    "endSession": (other_session, as_(SUE, id=f"ses_{named_key(ADA)}")),
    "endOtherSessions": (as_(SUE), None),
    "createUser": (as_(ADA, **NEW), as_(SUE, **NEW)),
    "inviteUsers": (as_(ADA, emails=["one@acme.example", "two@acme.example"]), as_(SUE, emails=["x@acme.example"])),
    "activateUser": (activated, None),
    "activateUserWithPasskey": (activated_with_passkey, None),
    "updateUser": (lambda client: updated(client, ADA, SUE), lambda client: updated(client, SAM, ADA)),
    "changeUsers": (
        as_(ADA, users=[user_id("ben@acme.example")], addPermissions=["SUPPORT_VIEW"], endsAt="2090-01-01T00:00:00Z"),
        as_(SAM, users=[user_id(ADA)], addPermissions=["SUPPORT_VIEW"]),
    ),
    "extendAccess": (
        as_(ADA, users=[user_id("ben@acme.example")], until="2095-01-01T00:00:00Z"),
        as_(SAM, users=[user_id(ADA)], until="2095-01-01T00:00:00Z"),
    ),
    "resendActivation": (as_(ADA, id=user_id("pat@acme.example")), as_(ADA, **MAX)),
    "removeUser": (as_(ADA, id=user_id("noc@pear.example")), as_(ADA, id=user_id(ADA))),
    "restoreUser": (as_(ADA, id=user_id("rob@acme.example")), as_(ADA, **MAX)),
    "startViewAs": (
        as_(ADA, id=user_id(SUE), reason="Ticket 4711"),
        as_(SAM, id=user_id(ADA), reason="Ticket 4711"),
    ),
    "stopViewAs": (viewing, as_(SAM, id=user_id(SUE))),
    "createOrganization": (as_(STAFF, **ONBOARDED), as_(ADA, **ONBOARDED)),
    "createContractAccount": (as_(STAFF, **ACCOUNT), as_(ADA, **ACCOUNT)),
    "createDeliveryAccount": (as_(STAFF, **ACCOUNT), as_(ADA, **ACCOUNT)),
    "updateOrganizationSettings": (
        as_(ADA, organization=ACCOUNT["organization"], endNoticeDays=[7]),
        as_(SAM, organization=ACCOUNT["organization"], endNoticeDays=[]),
    ),
    "createAccessReview": (
        as_(ADA, organization=ACCOUNT["organization"]),
        as_(SAM, organization=ACCOUNT["organization"]),
    ),
    "decideAccessReviewEntries": (lambda client: decided(client, ADA), lambda client: decided(client, SAM)),
    "signOffAccessReview": (lambda client: signed_off(client, ADA), lambda client: signed_off(client, SAM)),
    "createService": (as_(STAFF, **SERVICE), as_(ADA, **SERVICE)),
    "createAccessTemplate": (
        as_(ADA, name="East", contractAccounts=[f"ca_{EAST}"]),
        as_(SAM, name="East too", contractAccounts=[f"ca_{EAST}"]),
    ),
    "updateAccessTemplate": (
        lambda client: on_template(client, ADA, version=1, name="Far East"),
        lambda client: on_template(client, SAM, version=1, name="Far East"),
    ),
    "removeAccessTemplate": (lambda client: on_template(client, ADA), lambda client: on_template(client, SAM)),
    "importServices": (as_(STAFF, **IMPORTED), as_(ADA, **IMPORTED)),
    "createApiClient": (as_(ADA, **PROGRAM), as_(SAM, **PROGRAM)),
    "rotateApiClientSecret": (lambda client: on_client(client, ADA), lambda client: on_client(client, SAM)),
    "retireApiClientSecret": (
        lambda client: on_client(client, ADA, secret=True),
        lambda client: on_client(client, SAM, secret=True),
    ),
    "revokeApiClient": (lambda client: on_client(client, ADA), lambda client: on_client(client, SAM)),
    **OF_WEBHOOKS,
    **OF_SCIM,
    "requestAccess": (as_(SUE, **WISH), as_(STAFF, **WISH)),
    "declineAccessRequest": (
        lambda client: on_request(client, ADA, note="Not now"),
        lambda client: on_request(client, SUE, note="Not now"),
    ),
    "approveAccessRequest": (lambda client: on_request(client, ADA), lambda client: on_request(client, SUE)),
    "withdrawAccessRequest": (lambda client: on_request(client, SUE), lambda client: on_request(client, ADA)),
    "changePassword": (as_(SUE, currentPassword=PASSWORD, newPassword=STRONG), None),
    "requestPasswordReset": (as_(None, email="ben@acme.example"), None),
    "resetPassword": (reset, None),
    **OF_SINGLE_SIGN_ON,
}


async def events(client: Client) -> list[Any]:
    async with client.backend.engine.connect() as connection:
        return list((await connection.execute(select(AuditEvent.__table__).order_by(AuditEvent.id))).all())


async def send(client: Client, name: str, done: Done, token: str | None, also: str = "") -> dict[str, Any]:
    """Runs the mutation under an alias, and returns its payload: the errors, and the fields `also`."""
    takes = graphql_schema().mutation_type.fields[name].args  # type: ignore[union-attr]
    declared, argument = (f"($input: {takes['input'].type})", "(input: $input)") if takes else ("", "")
    query = f"mutation {declared} {{ it: {name}{argument} {{ errors {{ code path }} {also} }} }}"
    payload: dict[str, Any] = (await client.data(query, token, **({"input": done.input_} if takes else {})))["it"]
    return payload


async def token_of(client: Client, done: Done) -> str | None:
    """The token of the mutation's session; a new one if it has none."""
    return done.token or (await client.session(done.who) if done.who else None)


async def run(client: Client, name: str, done: Done) -> tuple[list[dict[str, Any]], list[Any]]:
    """Runs the mutation, and returns its errors and the events that it caused."""
    before = {event.id for event in await events(client)}
    payload = await send(client, name, done, await token_of(client, done))
    return payload["errors"], [event for event in await events(client) if event.id not in before]
