"""The GraphQL enums of actions for `viewerCan`, `whoCan`, and `explainAccess`: the policy's actions, with descriptions.

To add an action, add it to `authz/model/actions.py` and describe it here.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain
from typing import Final

from authz.model import actions as policy_actions
from authz.model.actions import (
    ACTIONS,
    CAPABILITIES,
    AccessRequestAction,
    AccessReviewEntryAction,
    ApiClientAction,
    AuditEventAction,
    OrganizationAction,
    ServiceAction,
    UserAction,
)
from authz.model.actions import DeliveryAccountAction as AccountAction
from resolvers.types.viewer import ViewerAction
from schema.declare.enums import gql_enum

__all__ = [
    "AccessRequestAction",
    "AccessReviewAction",
    "AccessReviewEntryAction",
    "AccessTemplateAction",
    "AccountAction",
    "ApiClientAction",
    "AuditEventAction",
    "OrganizationAction",
    "PolicyAction",
    "ServiceAction",
    "UserAction",
    "ViewerAction",
]


class AccessReviewAction(StrEnum):
    """An action on an access review. The policy decides signing off as `review_access` on the organization."""

    VIEW = policy_actions.AccessReviewAction.VIEW.value
    SIGN_OFF = "sign_off"


class AccessTemplateAction(StrEnum):
    """An action on an access template. Whoever sees one may perform all."""

    VIEW = "view"
    UPDATE = "update"
    REMOVE = "remove"


class PolicyAction(StrEnum):
    """Every action of the policy, each once, whatever types of resources have it, and every capability."""

    _ignore_ = ["members", "action"]  # noqa: RUF012 -- Enum takes a list or text
    members = vars()
    for action in chain(*ACTIONS.values(), CAPABILITIES):
        if action.name not in members:
            members[action.name] = action.value


_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "VIEW": "View the resource.",
    "CREATE_ORGANIZATION": "Create organizations: `createOrganization`.",
    "VIEW_POLICY": "Read the access policy and try out edits of it: `policy`, `policyCheck`, `policyDiff`.",
    "CREATE_API_CLIENT": "Create API clients, which act for you: `createApiClient`.",
    "CREATE_USER": "Create and invite users in the organization: `createUser`, `inviteUsers`.",
    "CREATE_CONTRACT_ACCOUNT": "Create contract accounts in the organization: `createContractAccount`.",
    "CREATE_DELIVERY_ACCOUNT": "Create delivery accounts in the organization: `createDeliveryAccount`.",
    "CREATE_SERVICE": "Create services in the organization: `createService`.",
    "REVIEW_ACCESS": "Review who has access to what in the organization, why, and what if: `explainAccess`, "
    "`whoCan`, `simulateServiceMove`, `simulateAccountClosing`, `simulateUserLeaving`, `createAccessReview`, "
    "`decideAccessReviewEntries`, `signOffAccessReview`.",
    "CHANGE_SETTINGS": "Change the settings of the organization: `updateOrganizationSettings`.",
    "READ_EVENTS": "Read the feed of the organization's events: `events`.",
    "REQUEST_ACCESS": "Request access for yourself: `requestAccess`.",
    "ASSIGN": "Give users access to the account.",
    "VIEW_BILLING": "View the financial details of the contract account.",
    "UPDATE": "Change the user's details, permissions, and account access: `updateUser`.",
    "RESEND_ACTIVATION": "Send the user a new activation email: `resendActivation`.",
    "REMOVE": "Remove all of the user's access: `removeUser`.",
    "RESTORE": "Restore the user after a removal: `restoreUser`. They have to activate again.",
    "ROTATE": "Rotate the API client's secrets: `rotateApiClientSecret`, `retireApiClientSecret`.",
    "REVOKE": "Revoke the API client permanently: `revokeApiClient`.",
    "DECIDE": "Decide the access request: `approveAccessRequest`, `declineAccessRequest`.",
    "WITHDRAW": "Withdraw your own access request: `withdrawAccessRequest`.",
    "CREATES_ORGANIZATIONS": "A capability: create organizations. Capabilities are about users alone, and asked on an "
    "organization: about its users, and the platform's staff.",
    "MAKES_API_CLIENTS": "A capability: create API clients.",
    "MANAGES_USERS": "A capability: grant anything to users at all.",
    "ASSIGN_PERMISSION": "A capability: grant the permission `value`.",
    "ASSIGN_AUDIENCE": "A capability: make users of the audience `value`.",
    "ASSIGN_ALL": "A capability: grant all accounts of the type `value`: `ContractAccount` or `DeliveryAccount`.",
    "SIGN_OFF": "Sign off the access review, once: `signOffAccessReview`.",
}
"""By the name of the action in GraphQL. An action has one description for all types that have it."""

RESOURCE: Final = "The id of the resource, which can be any node. For a capability, that of an organization."
VALUE: Final = (
    "The value of which a capability is asked: of `ASSIGN_PERMISSION`, `ASSIGN_AUDIENCE` and `ASSIGN_ALL`. "
    "Must be omitted for all other actions."
)
"""The descriptions of the arguments beside an action."""


def _action_enum(enum: type[StrEnum], description: str, name: str | None = None) -> None:
    gql_enum(enum, description, name, **{key: _DESCRIPTIONS[key] for key in enum.__members__ if key in _DESCRIPTIONS})


_action_enum(
    PolicyAction, "An action that the access policy decides, on any type of resource, or a capability of users."
)
_action_enum(ViewerAction, "An action that you may perform and that does not concern an existing resource.")
_action_enum(OrganizationAction, "An action on an organization.")
_action_enum(AccountAction, "An action on a contract account or a delivery account.", "AccountAction")
_action_enum(ServiceAction, "An action on a service.")
_action_enum(UserAction, "An action on a user.")
_action_enum(AuditEventAction, "An action on an audit event. Audit events can't be changed.")
_action_enum(ApiClientAction, "An action on an API client.")
_action_enum(AccessRequestAction, "An action on an access request.")
_action_enum(AccessReviewAction, "An action on an access review.")
_action_enum(AccessReviewEntryAction, "An action on an entry of an access review. Entries can't be changed.")
gql_enum(
    AccessTemplateAction,
    "An action on an access template. Whoever sees a template may perform all of them.",
    VIEW=_DESCRIPTIONS["VIEW"],
    UPDATE="Change the template and the access of its users: `updateAccessTemplate`.",
    REMOVE="Remove the template: `removeAccessTemplate`.",
)
