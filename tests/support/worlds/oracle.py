"""The access rules of the domain in plain Python: decides on plain values who may do what.

Written from the description of the domain alone, so that it can disagree with `policies.polar`; it imports nothing of
`authz`.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import Audience, MailStatus, Permission, Scope
from tests.support.worlds.clients import Client
from tests.support.worlds.events import Event
from tests.support.worlds.models import INVITED, Account, Organization, Service, User, World
from tests.support.worlds.requests import AccessRequest
from tests.support.worlds.reviews import Entry, Review

OPENS = {
    Scope.BASIC_READ: {
        ("Organization", "view"),
        ("ContractAccount", "view"),
        ("DeliveryAccount", "view"),
        ("Service", "view"),
        ("User", "view"),
    },
    Scope.BILLING_READ: {("ContractAccount", "view_billing")},
    Scope.EVENTS_READ: {("Organization", "read_events"), ("AuditEvent", "view")},
    Scope.USERS_WRITE: {
        ("Organization", "view"),
        ("Organization", "create_user"),
        ("ContractAccount", "view"),
        ("ContractAccount", "assign"),
        ("DeliveryAccount", "view"),
        ("DeliveryAccount", "assign"),
        *(("User", action) for action in ("view", "update", "resend_activation", "remove", "restore")),
    },
}
"""What each scope permits of what the owner may do; whoever writes users must see what the writes are about."""


@dataclass(frozen=True)
class Oracle:
    """What `actor` may do in `world`; with `client`, what that API client of the actor may do."""

    world: World
    actor: User
    client: Client | None = None

    def allowed(self, kind: str, action: str) -> frozenset[UUID]:
        """The ids of the resources of the type `kind` (`ContractAccount`) on which `action` is allowed."""
        if self.client is not None:
            if not self._holds(Permission.DEVELOPER_PORTAL):
                return frozenset()
            if (kind, action) == ("ApiClient", "view"):
                return frozenset({self.client.id})
            if not self._opened(kind, action):
                return frozenset()
        rule = getattr(self, f"{action}_{kind.lower()}")
        return frozenset(thing.id for thing in self.world.things[kind] if rule(thing))

    def _opened(self, kind: str, action: str) -> bool:
        assert self.client is not None
        scopes = self.client.scopes
        if Scope.BASIC_READ not in scopes:
            scopes = scopes - {Scope.BILLING_READ, Scope.EVENTS_READ}
        return any((kind, action) in OPENS[scope] for scope in scopes)

    @property
    def is_admin(self) -> bool:
        return self._holds(Permission.USER_MANAGEMENT) and not self.actor.staff

    def _holds(self, permission: Permission) -> bool:
        return permission in self.actor.permissions

    def _of_my_organization(self, organization_id: UUID | None) -> bool:
        return not self.actor.staff and organization_id == self.actor.organization_id

    # Organizations

    def view_organization(self, organization: Organization) -> bool:
        return self.actor.staff or self._of_my_organization(organization.id)

    def create_user_organization(self, organization: Organization) -> bool:
        return self.is_admin and self._of_my_organization(organization.id)

    def create_contract_account_organization(self, _organization: Organization) -> bool:
        return self.actor.staff

    def create_delivery_account_organization(self, _organization: Organization) -> bool:
        return self.actor.staff

    def create_service_organization(self, _organization: Organization) -> bool:
        return self.actor.staff

    def review_access_organization(self, organization: Organization) -> bool:
        reviews = self._manages_whole_organization and self._holds(Permission.SITES_SERVICES_VIEW)
        return self.actor.staff or (reviews and self._of_my_organization(organization.id))

    def change_settings_organization(self, organization: Organization) -> bool:
        return self._manages_whole_organization and self._of_my_organization(organization.id)

    def read_events_organization(self, organization: Organization) -> bool:
        return self.change_settings_organization(organization)

    def creates_organizations(self) -> bool:
        return self.actor.staff

    # Contract accounts

    def reaches_contract(self, account: Account) -> bool:
        if not self._of_my_organization(account.organization_id):
            return False
        if account.id in self.actor.contract_accounts:
            return True
        if not self.actor.all_contract_accounts:
            return False
        if self.actor.audience is Audience.ORGANIZATION:
            return True
        return any(
            service.contract_account_id == account.id and service.delivery_account_id in self.actor.delivery_accounts
            for service in self.world.services
        )

    def view_contractaccount(self, account: Account) -> bool:
        return self.actor.staff or (self._holds(Permission.SITES_SERVICES_VIEW) and self.reaches_contract(account))

    def assign_contractaccount(self, account: Account) -> bool:
        return self.is_admin and self.view_contractaccount(account)

    def view_billing_contractaccount(self, account: Account) -> bool:
        return self.actor.staff or (self._holds(Permission.BILLING_VIEW) and self.view_contractaccount(account))

    # Delivery accounts

    def reaches_delivery(self, account: Account) -> bool:
        if not self._of_my_organization(account.organization_id):
            return False
        if self.actor.all_delivery_accounts or account.id in self.actor.delivery_accounts:
            return True
        if self.actor.audience is Audience.DELIVERY:
            return False
        if self.actor.all_contract_accounts:
            return True
        return any(
            service.delivery_account_id == account.id and service.contract_account_id in self.actor.contract_accounts
            for service in self.world.services
        )

    def view_deliveryaccount(self, account: Account) -> bool:
        return self.actor.staff or (self._holds(Permission.SITES_SERVICES_VIEW) and self.reaches_delivery(account))

    def assign_deliveryaccount(self, account: Account) -> bool:
        return self.is_admin and self.view_deliveryaccount(account)

    # Services

    def view_service(self, service: Service) -> bool:
        if self.actor.staff:
            return True
        if not self._of_my_organization(service.organization_id) or not self._holds(Permission.SITES_SERVICES_VIEW):
            return False
        if not (self.actor.all_contract_accounts or service.contract_account_id in self.actor.contract_accounts):
            return False
        return (
            self.actor.audience is Audience.ORGANIZATION or service.delivery_account_id in self.actor.delivery_accounts
        )

    # Users

    def view_user(self, user: User) -> bool:
        if self.actor.staff or user.id == self.actor.id:
            return True
        of_mine = self.is_admin and self._of_my_organization(user.organization_id)
        return of_mine and (self._manages_whole_organization or self._shares_account(user))

    @property
    def _manages_whole_organization(self) -> bool:
        return self.is_admin and self.actor.audience is Audience.ORGANIZATION and self.actor.all_contract_accounts

    def _shares_account(self, user: User) -> bool:
        if user.all_contract_accounts or user.all_delivery_accounts:
            return True
        return any(
            self.reaches_contract(account)
            for account in self.world.contract_accounts
            if account.id in user.contract_accounts
        ) or any(
            self.reaches_delivery(account)
            for account in self.world.delivery_accounts
            if account.id in user.delivery_accounts
        )

    def _whole_access_within_mine(self, user: User) -> bool:
        if self.actor.audience is Audience.DELIVERY and user.audience is not Audience.DELIVERY:
            return False
        if user.all_contract_accounts and not self.actor.all_contract_accounts:
            return False
        if user.all_delivery_accounts and not self.actor.all_delivery_accounts:
            return False
        if not user.permissions <= self._assignable_permissions:
            return False
        return all(
            self.assign_contractaccount(account)
            for account in self.world.contract_accounts
            if account.id in user.contract_accounts
        ) and all(
            self.assign_deliveryaccount(account)
            for account in self.world.delivery_accounts
            if account.id in user.delivery_accounts
        )

    def may_have_more_accounts(self, user: User) -> bool | None:
        """Whether the user may have accounts that the actor doesn't see; None for an actor who manages no users."""
        scope = self.assignable()
        if scope is None:
            return None
        audiences, _, all_contracts, all_deliveries = scope
        sees_all = user.audience in audiences
        return (
            (user.all_contract_accounts and not (sees_all and all_contracts))
            or (user.all_delivery_accounts and not (sees_all and all_deliveries))
            or any(
                account.id in user.contract_accounts and not self.view_contractaccount(account)
                for account in self.world.contract_accounts
            )
            or any(
                account.id in user.delivery_accounts and not self.view_deliveryaccount(account)
                for account in self.world.delivery_accounts
            )
        )

    def _may_change(self, user: User) -> bool:
        return self.is_admin and self.view_user(user) and self._whole_access_within_mine(user)

    def update_user(self, user: User) -> bool:
        return self._may_change(user) and not user.removed

    def resend_activation_user(self, user: User) -> bool:
        return self._may_change(user) and not user.removed and not user.activated

    def remove_user(self, user: User) -> bool:
        return self._may_change(user) and not user.removed

    def restore_user(self, user: User) -> bool:
        return self._may_change(user) and user.removed

    def activation(self, key: UUID) -> dict[str, Any] | None:
        """What is shown of a visible user's activation; the mail server's reply to those who can do something."""
        user = next(each for each in self.world.users if each.id == key)
        if user.state not in INVITED:
            return None
        helps = any(key in self.allowed("User", action) for action in ("update", "resend_activation", "restore"))
        replied = helps and user.mail in (MailStatus.QUEUED, MailStatus.FAILED)
        return {
            "mail": user.mail,
            "attempts": 1 if user.mail else None,
            "mailReply": f"said to {user.email}" if replied else None,
        }

    # Audit events

    def view_auditevent(self, event: Event) -> bool:
        if self.actor.staff:
            return True
        if not self._of_my_organization(event.organization_id):
            return False
        if self._manages_whole_organization or event.subject_id == self.actor.id:
            return True
        if event.subject_id is None:
            return event.actor_id == self.actor.id
        return self.is_admin and any(
            self.view_user(user)
            for user in self.world.users
            if user.id == event.subject_id and self._of_my_organization(user.organization_id)
        )

    # Access reviews

    def view_accessreview(self, review: Review) -> bool:
        return any(
            each.id == review.organization_id and self.review_access_organization(each)
            for each in self.world.organizations
        )

    def view_accessreviewentry(self, entry: Entry) -> bool:
        return any(each.id == entry.review_id and self.view_accessreview(each) for each in self.world.reviews)

    # API clients

    def view_apiclient(self, client: Client) -> bool:
        return self.actor.staff or self.revoke_apiclient(client)

    @property
    def makes_api_clients(self) -> bool:
        return self._holds(Permission.DEVELOPER_PORTAL) and not self.actor.staff

    def rotate_apiclient(self, client: Client) -> bool:
        return self.makes_api_clients and client.owner_id == self.actor.id

    def revoke_apiclient(self, client: Client) -> bool:
        owner = next(user for user in self.world.users if user.id == client.owner_id)
        return not self.actor.staff and (owner.id == self.actor.id or self._may_change(owner))

    # Access requests

    def view_accessrequest(self, request: AccessRequest) -> bool:
        return self.actor.staff or self.withdraw_accessrequest(request) or self.decide_accessrequest(request)

    def withdraw_accessrequest(self, request: AccessRequest) -> bool:
        return not self.actor.staff and request.requester_id == self.actor.id

    def decide_accessrequest(self, request: AccessRequest) -> bool:
        if request.requester_id == self.actor.id or request.requester_id not in self.allowed("User", "update"):
            return False
        if request.permission is not None:
            return request.permission in self._assignable_permissions
        if request.contract_account_id:
            return request.contract_account_id in self.allowed("ContractAccount", "assign")
        if request.delivery_account_id:
            return request.delivery_account_id in self.allowed("DeliveryAccount", "assign")
        return self._manages_whole_organization

    # What an admin may give

    def assignable(self) -> tuple[set[Audience], set[Permission], bool, bool] | None:
        """Audiences, permissions, all contract accounts, all delivery accounts; None if the actor is no admin."""
        if not self.is_admin:
            return None
        if self.client and not self.allowed("Organization", "create_user"):
            return None
        audiences = set(Audience) if self.actor.audience is Audience.ORGANIZATION else {Audience.DELIVERY}
        actor = self.actor
        return audiences, set(self._assignable_permissions), actor.all_contract_accounts, actor.all_delivery_accounts

    @property
    def _assignable_permissions(self) -> frozenset[Permission]:
        """What they hold; but a client never what makes admins or clients, and billing only with its scope."""
        if self.client is None:
            return self.actor.permissions
        withheld = {Permission.DEVELOPER_PORTAL, Permission.USER_MANAGEMENT}
        if Scope.BILLING_READ not in self.client.scopes:
            withheld.add(Permission.BILLING_VIEW)
        return self.actor.permissions - withheld
