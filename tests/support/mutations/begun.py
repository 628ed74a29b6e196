"""Each mutation with an input that succeeds, prepared up to the moment when it runs."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.demo.example_users import ACME, PASSWORD
from app.demo.fixed_ids import named_key
from models import Audience, Scope
from resolvers.access.account_access import AccountAccess, GrantKind
from resolvers.access.templates import TemplateId
from resolvers.callers.caller import Caller
from resolvers.identity.passwords import change_password, request_password_reset, reset_password
from resolvers.identity.sessions import end_other_sessions, end_session, sign_in, sign_out
from resolvers.mutations.access_requests import decide
from resolvers.mutations.access_requests.request import NewRequest, request_access
from resolvers.mutations.access_reviews.mutations import create_access_review
from resolvers.mutations.access_templates.mutations import NewTemplate, create_template, remove_template
from resolvers.mutations.access_templates.update import TemplateChange, update_template_in_transaction
from resolvers.mutations.api_clients.mutations import (
    create_api_client,
    retire_api_client_secret,
    revoke_api_client,
    rotate_api_client_secret,
)
from resolvers.mutations.onboarding.contract_account import NewContractAccount, create_contract_account
from resolvers.mutations.onboarding.delivery_account import NewDeliveryAccount, create_delivery_account
from resolvers.mutations.onboarding.organization import FirstAdmin, NewOrganization, create_organization
from resolvers.mutations.onboarding.service import NewService, create_service
from resolvers.mutations.onboarding.service_batch import ServiceBatch, import_service_batch
from resolvers.mutations.onboarding.service_import import (
    ImportColumn,
    ImportOptions,
    ServiceLine,
    ServiceLines,
    import_services,
)
from resolvers.mutations.upkeep.settings import update_organization_settings
from resolvers.mutations.users.access_edit import AccessEdit
from resolvers.mutations.users.activate import activate_user
from resolvers.mutations.users.activate_with_passkey import (
    MadePasskey,
    activate_with_passkey,
    start_activation_passkey,
)
from resolvers.mutations.users.change_users import UsersChange, change_in_transaction
from resolvers.mutations.users.extend_access import LaterEnds
from resolvers.mutations.users.invite import Invitations, invite_in_transaction
from resolvers.mutations.users.lifecycle import remove_user, resend_activation, restore_user
from resolvers.mutations.users.update import UserChange, update_user
from resolvers.mutations.users.view_as import start_view_as, stop_view_as
from resolvers.rate_limits.limiter import RateLimiter
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import run_in_transaction
from tests.support.mutations.access_reviews import (
    begin_carry_out_access_review,
    begin_decide_access_review_entries,
    begin_sign_off_access_review,
)
from tests.support.mutations.of_someone import ADA, PAT, ROB, Mutation, of_ada, of_staff
from tests.support.mutations.scim import OF_SCIM
from tests.support.mutations.second_factors import OF_SECOND_FACTORS
from tests.support.mutations.single_sign_on import SINGLE_SIGN_ON
from tests.support.mutations.webhooks import WEBHOOK_MUTATIONS
from tests.support.passkeys.authenticator import Authenticator
from tests.support.passwords import NEW, SAM, VISITOR, link_token, newest_token
from tests.support.resolver_fixtures import (
    EAST,
    PEAR,
    SOUTH,
    caller,
    client_of,
    make,
    new_user,
    rows,
    run,
)


async def begin_create_user(writing: MutationContext) -> Mutation:
    ada = await caller(writing, ADA)
    return lambda: make(writing, ada, new_user(permissions=(), contract_accounts=(SOUTH, EAST)))


async def begin_update_user(writing: MutationContext) -> Mutation:
    sue = named_key("sue@acme.example")
    [found] = await rows(writing, "SELECT version FROM users WHERE id = :id", id=sue)
    wish = UserChange(found.version, {"last_name": "Other"}, {"contract_accounts": (EAST,)})
    return await of_ada(writing, lambda work: update_user(work, sue, wish))


async def begin_extend_access(writing: MutationContext) -> Mutation:
    grants = "UPDATE contract_grants SET ends_at = now() + interval '1 day' WHERE user_id = :sue"
    await run(writing, grants, sue=named_key("sue@acme.example"))
    later = UsersChange(SUE_AND_PIA, LaterEnds(datetime(2090, 1, 1, tzinfo=UTC)))
    return await of_ada(writing, lambda work: change_in_transaction(work, later))


async def begin_template(writing: MutationContext) -> UUID:
    template_id: UUID = await (await of_ada(writing, lambda work: create_template(work, EASTERN)))()
    sue = named_key("sue@acme.example")
    [found] = await rows(writing, "SELECT version FROM users WHERE id = :id", id=sue)
    wish = UserChange(found.version, template=TemplateId(template_id))
    await (await of_ada(writing, lambda work: update_user(work, sue, wish)))()
    return template_id


async def begin_update_template(writing: MutationContext) -> Mutation:
    template_id = await begin_template(writing)
    change = TemplateChange(1, "South", {"contract_accounts": (SOUTH,)})
    return await of_ada(writing, lambda work: update_template_in_transaction(work, template_id, change))


async def begin_remove_template(writing: MutationContext) -> Mutation:
    template_id = await begin_template(writing)
    return await of_ada(writing, lambda work: remove_template(work, template_id))


async def begin_activate_user(writing: MutationContext) -> Mutation:
    token = await newest_token(writing, PAT)
    return lambda: activate_user(writing, VISITOR, token, NEW)


async def begin_activate_user_with_passkey(writing: MutationContext) -> Mutation:
    token = await newest_token(writing, PAT)
    credential = Authenticator(writing.origin).create(await start_activation_passkey(writing, VISITOR, token))
    return lambda: activate_with_passkey(writing, VISITOR, token, MadePasskey(credential, "Phone"))


async def begin_reset_password(writing: MutationContext) -> Mutation:
    token = await link_token(writing)
    return lambda: reset_password(writing, VISITOR, token, NEW)


async def begin_request_password_reset(writing: MutationContext) -> Mutation:
    # Each request counts, also one that fails.
    return lambda: request_password_reset(replace(writing, limits=RateLimiter()), VISITOR, SAM)


async def begin_change_password(writing: MutationContext) -> Mutation:
    sam: Caller = await caller(writing, SAM)
    return lambda: change_password(writing, sam, PASSWORD, NEW)


async def begin_sign_in(writing: MutationContext) -> Mutation:
    return lambda: sign_in(writing, VISITOR, SAM, PASSWORD)


async def begin_end_session(writing: MutationContext) -> Mutation:
    other = await sign_in(writing, VISITOR, SAM, PASSWORD)
    return await of_ada(writing, lambda work: end_session(work, other.session_id), SAM)


async def begin_start_view_as(writing: MutationContext) -> Mutation:
    return await of_ada(writing, lambda work: start_view_as(work, named_key("sue@acme.example"), "Ticket"))


async def begin_stop_view_as(writing: MutationContext) -> Mutation:
    ada, sue = await caller(writing, ADA), named_key("sue@acme.example")
    await run_in_transaction(writing, ada, lambda work: start_view_as(work, sue, "Ticket"))
    return lambda: run_in_transaction(writing, ada, lambda work: stop_view_as(work, sue))


async def begin_end_other_sessions(writing: MutationContext) -> Mutation:
    await sign_in(writing, VISITOR, SAM, PASSWORD)
    return await of_ada(writing, end_other_sessions, SAM)


async def begin_import_service_batch(writing: MutationContext) -> Mutation:
    head, line = ",".join(ImportColumn), "SVC-000100,Internet access,ACTIVE,Initech,PEAR Corp,Utrecht,NL"
    batch = ServiceBatch(f"{head}\n{line}\n", options=ImportOptions(create_accounts=True))
    staff = await caller(writing, "staff@portico.example")
    return lambda: import_service_batch(writing, staff, OWN, batch)


async def begin_import_services(writing: MutationContext) -> Mutation:
    line = ServiceLine(2, "SVC-000100", "Internet access", "ACTIVE", "Initech", "PEAR Corp", "Utrecht", "NL")
    given, options = ServiceLines([line]), ImportOptions(create_accounts=True)
    return lambda: import_services(writing, Caller(address="cli"), ACME, given, options)


TWO = Invitations(("a@new.example", "b@new.example"), AccountAccess(Audience.ORGANIZATION, contract_accounts=(SOUTH,)))
INITECH = NewOrganization(
    "Initech",
    FirstAdmin("peter@initech.example", "Peter", "Gibbons"),
    (NewContractAccount("Initech Holding"),),
    (NewDeliveryAccount("Initech Europe"),),
)
SERVICE = NewService("SVC-000100", "Internet access", "Utrecht", "NL", SOUTH, PEAR)
OWN = named_key(ACME)
SUE_AND_PIA = (named_key("sue@acme.example"), named_key("pia@pear.example"))
EASTERN = NewTemplate("East", AccountAccess(Audience.ORGANIZATION, contract_accounts=(EAST,)))
GIVE_EAST = UsersChange(SUE_AND_PIA, AccessEdit({GrantKind.CONTRACT_ACCOUNT: (EAST,)}, {}))


async def begin_rotate_api_client_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: rotate_api_client_secret(work, client))


async def begin_retire_api_client_secret(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    await (await of_ada(writing, lambda work: rotate_api_client_secret(work, client)))()
    [first, _] = await rows(writing, "SELECT id FROM api_client_secrets WHERE api_client_id = :id", id=client)
    return await of_ada(writing, lambda work: retire_api_client_secret(work, client, first.id))


async def begin_revoke_api_client(writing: MutationContext) -> Mutation:
    client = await client_of(writing, ADA)
    return await of_ada(writing, lambda work: revoke_api_client(work, client))


async def begin_request_access(writing: MutationContext) -> Mutation:
    wish = NewRequest("For the audit", contract_account="ACME East")
    return await of_ada(writing, lambda work: request_access(work, wish), "sue@acme.example")


async def on_request(
    writing: MutationContext, do: Callable[..., Awaitable[Any]], *how: Any, who: str = ADA
) -> Mutation:
    request = await (await begin_request_access(writing))()
    return await of_ada(writing, lambda work: do(work, request, *how), who)


MUTATIONS: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "createUser": (begin_create_user, "user.created", 1),
    "inviteUsers": (
        lambda writing: of_ada(writing, lambda work: invite_in_transaction(work, TWO)),
        "user.invited user.invited",
        2,
    ),
    "createOrganization": (
        lambda writing: of_staff(writing, lambda work: create_organization(work, INITECH)),
        "organization.created contract_account.created delivery_account.created user.created",
        1,
    ),
    "createContractAccount": (
        lambda writing: of_staff(writing, lambda work: create_contract_account(work, OWN, NewContractAccount("New"))),
        "contract_account.created",
        0,
    ),
    "createDeliveryAccount": (
        lambda writing: of_staff(writing, lambda work: create_delivery_account(work, OWN, NewDeliveryAccount("New"))),
        "delivery_account.created",
        0,
    ),
    "updateOrganizationSettings": (
        lambda writing: of_ada(
            writing, lambda work: update_organization_settings(work, OWN, {"dormant_after_days": 90})
        ),
        "organization.settings_changed",
        0,
    ),
    "createAccessReview": (
        lambda writing: of_ada(writing, lambda work: create_access_review(work, OWN)),
        "access_review.created",
        0,
    ),
    "decideAccessReviewEntries": (begin_decide_access_review_entries, "access_review.decided", 0),
    "signOffAccessReview": (begin_sign_off_access_review, "access_review.signed_off", 0),
    "createAccessTemplate": (
        lambda writing: of_ada(writing, lambda work: create_template(work, EASTERN)),
        "access_template.created",
        0,
    ),
    "updateAccessTemplate": (begin_update_template, "user.updated access_template.updated", 0),
    "removeAccessTemplate": (begin_remove_template, "access_template.removed", 0),
    "signOffAccessReview, carried out": (
        begin_carry_out_access_review,
        "user.updated user.updated access_review.signed_off",
        0,
    ),
    "createApiClient": (
        lambda writing: of_ada(writing, lambda work: create_api_client(work, "Export", [Scope.BASIC_READ])),
        "api_client.created",
        0,
    ),
    "rotateApiClientSecret": (begin_rotate_api_client_secret, "api_client.secret_rotated", 0),
    "retireApiClientSecret": (begin_retire_api_client_secret, "api_client.secret_retired", 0),
    "revokeApiClient": (begin_revoke_api_client, "api_client.revoked", 0),
    **WEBHOOK_MUTATIONS,
    **OF_SCIM,
    "requestAccess": (begin_request_access, "access_request.created", 0),
    "approveAccessRequest": (
        lambda writing: on_request(writing, decide.approve_access_request, decide.Approval()),
        "user.updated access_request.approved",
        1,
    ),
    "declineAccessRequest": (
        lambda writing: on_request(writing, decide.decline_access_request, "Not now"),
        "access_request.declined",
        1,
    ),
    "withdrawAccessRequest": (
        lambda writing: on_request(writing, decide.withdraw_access_request, who="sue@acme.example"),
        "access_request.withdrawn",
        0,
    ),
    "createService": (
        lambda writing: of_staff(writing, lambda work: create_service(work, OWN, SERVICE)),
        "service.created",
        0,
    ),
    "importServices": (begin_import_service_batch, "contract_account.created services.imported", 0),
    "import-services": (begin_import_services, "contract_account.created services.imported", 0),
    "updateUser": (begin_update_user, "user.updated", 0),
    "changeUsers": (
        lambda writing: of_ada(writing, lambda work: change_in_transaction(work, GIVE_EAST)),
        "user.updated user.updated",
        0,
    ),
    "extendAccess": (begin_extend_access, "user.updated", 0),
    "resendActivation": (
        lambda writing: of_ada(writing, lambda work: resend_activation(work, named_key(PAT))),
        "user.activation_resent",
        1,
    ),
    "removeUser": (lambda writing: of_ada(writing, lambda work: remove_user(work, named_key(PAT))), "user.removed", 0),
    "restoreUser": (
        lambda writing: of_ada(writing, lambda work: restore_user(work, named_key(ROB))),
        "user.restored",
        1,
    ),
    "activateUser": (begin_activate_user, "user.activated", 0),
    "activateUserWithPasskey": (begin_activate_user_with_passkey, "user.activated user.second_factor_added", 1),
    "requestPasswordReset": (begin_request_password_reset, "user.password_reset_requested", 1),
    "resetPassword": (begin_reset_password, "user.password_reset", 0),
    "changePassword": (begin_change_password, "user.password_changed", 0),
    "signIn": (begin_sign_in, "session.started", 0),
    **OF_SECOND_FACTORS,
    "signOut": (lambda writing: of_ada(writing, sign_out), "session.ended", 0),
    "endSession": (begin_end_session, "session.ended", 0),
    "startViewAs": (begin_start_view_as, "user.viewed_as", 0),
    "stopViewAs": (begin_stop_view_as, "user.view_ended", 0),
    "endOtherSessions": (begin_end_other_sessions, "session.ended", 0),
    **SINGLE_SIGN_ON,
}
"""For each mutation: how to run it, the kinds of its audit events, and the number of its mails."""
