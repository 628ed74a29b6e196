"""The mutations of SCIM, and of its tokens."""

from collections.abc import Awaitable, Callable

from app.demo.fixed_ids import named_key
from resolvers.mutations.provisioning.groups import GroupChange, provision_group
from resolvers.mutations.provisioning.users import ProvisionedUser, change_provisioned_user, provision_user
from resolvers.mutations.scim_tokens.mutations import create_scim_token, revoke_scim_token
from resolvers.transaction.context import MutationContext
from tests.support.mutations.of_someone import Mutation, of_ada
from tests.support.resolver_fixtures import rows

SUE_AND_PIA = (named_key("sue@acme.example"), named_key("pia@pear.example"))
LIN, INACTIVE = ProvisionedUser("Lin", "Wu", external_id="lin"), ProvisionedUser("Susan", "Ames", active=False)


async def begin_revoke_scim_token(writing: MutationContext) -> Mutation:
    await (await of_ada(writing, lambda work: create_scim_token(work, "Okta", 30)))()
    [token] = await rows(writing, "SELECT id FROM scim_tokens")
    return await of_ada(writing, lambda work: revoke_scim_token(work, token.id))


OF_SCIM: dict[str, tuple[Callable[[MutationContext], Awaitable[Mutation]], str, int]] = {
    "createScimToken": (
        lambda writing: of_ada(writing, lambda work: create_scim_token(work, "Okta", 30)),
        "scim_token.created",
        0,
    ),
    "revokeScimToken": (begin_revoke_scim_token, "scim_token.revoked", 0),
    "SCIM, create a user": (
        lambda writing: of_ada(writing, lambda work: provision_user(work, "lin@acme.example", LIN)),
        "user.created user.updated",
        1,
    ),
    "SCIM, deactivate a user": (
        lambda writing: of_ada(writing, lambda work: change_provisioned_user(work, SUE_AND_PIA[0], INACTIVE)),
        "user.updated user.removed",
        0,
    ),
    "SCIM, create a group with a member": (
        lambda writing: of_ada(writing, lambda work: provision_group(work, GroupChange("Sales", added=SUE_AND_PIA))),
        "access_template.created user.updated user.updated",
        0,
    ),
}
"""For each mutation: how to run it, the kinds of its audit events, and the number of its mails."""
