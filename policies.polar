# The rules of Portico: who may do what. This file is the only place where they are written.
#
# Read `docs/policy.md` before you edit. The server checks the whole file when it starts; a rule that cannot be turned
# into SQL exactly is refused with its line and with the way to write it.
#
# WORDS
#
#   Actors      Member: a user of an organization.       Staff: the platform's own people.
#               Client: a program with API credentials, that acts for the user who made it, its owner.
#
#   Of a user you may name
#       actor.id, actor.organization_id                             who they are
#       actor.audience                                              "ORGANIZATION" or "DELIVERY"
#       actor.permissions                                           ask with: "BILLING_VIEW" in actor.permissions
#       actor.all_contract_accounts, actor.all_delivery_accounts    true or false
#   Of a client you may name
#       client.scopes                                               ask with: "basic.read" in client.scopes
#       client.owner                                                a Member: client.owner.audience
#       client.id                                                   which of the ApiClients it is
#
#   Actions
#       Organization      view, create_user, create_contract_account, create_delivery_account, create_service,
#                         review_access (who has access to what, and why), change_settings,
#                         read_events (what happened in it, one event after the other)
#       ContractAccount   view, assign (give to a user), view_billing
#       DeliveryAccount   view, assign
#       Service           view
#       User              view, update, resend_activation, remove, restore
#       AuditEvent        view
#       AccessReview, AccessReviewEntry    view
#       ApiClient         view, rotate (its secret), revoke
#       AccessRequest     view, decide (approve or decline), withdraw
#
#   Of a thing you may name its columns and its relations, for instance service.status, service.contract_account,
#   account.services, account.grants, user.contract_grants, user.permissions, event.subject; and of a user these flags:
#       user.present, user.removed                                  still has access; does not
#       user.activated, user.awaiting_activation                    has set a password; has not
#       user.within_reach_of_actor                                  everything that they have, the actor could give
#   and of an access request this one:
#       request.within_reach_of_actor                               the actor could give what is asked
#
# A rule that begins with `allow` opens something. Nothing else does, and no rule can close what another opened.
# The other rules are words that `allow` rules are made of.


# ---------------------------------------------------------------------------------------------------------------------
# ORGANIZATIONS
# ---------------------------------------------------------------------------------------------------------------------

# Everybody sees the organization that they belong to.
allow(actor: Member, "view", organization: Organization) if
    organization.id = actor.organization_id;

# An admin adds users to it.
allow(actor: Member, "create_user", organization: Organization) if
    manages_users(actor) and
    organization.id = actor.organization_id;

# Who has access to what in it, and why: for those who see everything in it anyhow.
allow(actor: Member, "review_access", organization: Organization) if
    reviews_access(actor) and
    organization.id = actor.organization_id;

# When ends of access are told in it, and after how long without a sign-in users are removed.
allow(actor: Member, "change_settings", organization: Organization) if
    manages_whole_organization(actor) and
    organization.id = actor.organization_id;

# The feed of its events. Which of them are in it, the rules for AUDIT EVENTS say.
allow(actor: Member, "read_events", organization: Organization) if
    manages_whole_organization(actor) and
    organization.id = actor.organization_id;


# ---------------------------------------------------------------------------------------------------------------------
# CONTRACT ACCOUNTS
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", account: ContractAccount) if
    sees_contract_account(actor, account);

# The VAT number, the billing email and the currency.
allow(actor: Member, "view_billing", account: ContractAccount) if
    "BILLING_VIEW" in actor.permissions and
    sees_contract_account(actor, account);

# An admin gives to others only what they reach themselves.
allow(actor: Member, "assign", account: ContractAccount) if
    manages_users(actor) and
    sees_contract_account(actor, account);

sees_contract_account(actor: Member, account: ContractAccount) if
    views_sites_and_services(actor) and
    account.organization_id = actor.organization_id and
    reaches_contract_account(actor, account);

# A list of contract accounts is reached as it stands, whatever the audience.
reaches_contract_account(actor: Member, account: ContractAccount) if
    was_granted_contract_account(actor, account);

# All contract accounts: for a person of the organization, those are all.
reaches_contract_account(actor: Member, account: ContractAccount) if
    actor.audience = "ORGANIZATION" and
    has_every_contract_account(actor, account);

# For a person of an end customer, those from which some service goes to one of their delivery accounts.
reaches_contract_account(actor: Member, account: ContractAccount) if
    actor.audience = "DELIVERY" and
    has_every_contract_account(actor, account) and
    service in account.services and
    in_delivery_access(actor, service.delivery_account);


# ---------------------------------------------------------------------------------------------------------------------
# DELIVERY ACCOUNTS
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", account: DeliveryAccount) if
    sees_delivery_account(actor, account);

allow(actor: Member, "assign", account: DeliveryAccount) if
    manages_users(actor) and
    sees_delivery_account(actor, account);

sees_delivery_account(actor: Member, account: DeliveryAccount) if
    views_sites_and_services(actor) and
    account.organization_id = actor.organization_id and
    reaches_delivery_account(actor, account);

reaches_delivery_account(actor: Member, account: DeliveryAccount) if
    in_delivery_access(actor, account);

# A person of the organization who has all contract accounts has whatever they deliver to.
reaches_delivery_account(actor: Member, account: DeliveryAccount) if
    actor.audience = "ORGANIZATION" and
    actor.all_contract_accounts and
    account.organization_id = actor.organization_id;

# With a list, they have what is delivered to from there.
reaches_delivery_account(actor: Member, account: DeliveryAccount) if
    actor.audience = "ORGANIZATION" and
    service in account.services and
    was_granted_contract_account(actor, service.contract_account);


# ---------------------------------------------------------------------------------------------------------------------
# SERVICES
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", service: Service) if
    views_sites_and_services(actor) and
    service.organization_id = actor.organization_id and
    in_contract_access(actor, service.contract_account) and
    audience_admits(actor, service);

# A person of the organization is limited by contract accounts, a person of an end customer by delivery accounts too.
audience_admits(actor: Member, _: Service) if
    actor.audience = "ORGANIZATION";

audience_admits(actor: Member, service: Service) if
    actor.audience = "DELIVERY" and
    in_delivery_access(actor, service.delivery_account);


# ---------------------------------------------------------------------------------------------------------------------
# USERS
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", user: User) if
    sees_user(actor, user);

# An admin changes only users who have nothing that the admin could not give them.
allow(actor: Member, "update", user: User) if
    may_change(actor, user) and
    user.present;

allow(actor: Member, "resend_activation", user: User) if
    may_change(actor, user) and
    user.present and
    user.awaiting_activation;

allow(actor: Member, "remove", user: User) if
    may_change(actor, user) and
    user.present;

allow(actor: Member, "restore", user: User) if
    may_change(actor, user) and
    user.removed;

may_change(actor: Member, user: User) if
    manages_users(actor) and
    sees_user(actor, user) and
    user.within_reach_of_actor;

sees_user(actor: Member, user: User) if
    user.organization_id = actor.organization_id and
    knows_user(actor, user);

# Everybody sees themselves.
knows_user(actor: Member, user: User) if
    user.id = actor.id;

# An admin of the whole organization sees everybody in it.
knows_user(actor: Member, user: User) if
    manages_whole_organization(actor) and
    user.organization_id = actor.organization_id;

# Another admin sees those with whom they share an account. Who has all accounts shares one with everybody.
knows_user(actor: Member, user: User) if
    manages_users(actor) and
    shares_account(actor, user);

shares_account(_: Member, user: User) if
    user.all_contract_accounts;

shares_account(_: Member, user: User) if
    user.all_delivery_accounts;

shares_account(actor: Member, user: User) if
    grant in user.contract_grants and
    reaches_contract_account(actor, grant.contract_account);

shares_account(actor: Member, user: User) if
    grant in user.delivery_grants and
    reaches_delivery_account(actor, grant.delivery_account);


# ---------------------------------------------------------------------------------------------------------------------
# AUDIT EVENTS
#
# Whom an event names, and which accounts stand in it, is cut to what the reader sees, whatever these rules say.
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", event: AuditEvent) if
    event.organization_id = actor.organization_id and
    knows_event(actor, event);

# Everybody sees what happened to themselves, their sign-ins among it,
knows_event(actor: Member, event: AuditEvent) if
    event.subject_id = actor.id;

# and what they did that happened to nobody, such as what they tried and were refused.
knows_event(actor: Member, event: AuditEvent) if
    event.subject_id = nil and
    event.actor_id = actor.id;

# An admin of the whole organization sees all that happened in it.
knows_event(actor: Member, event: AuditEvent) if
    manages_whole_organization(actor) and
    event.organization_id = actor.organization_id;

# Another admin sees what happened to the users whom they see.
knows_event(actor: Member, event: AuditEvent) if
    manages_users(actor) and
    sees_user(actor, event.subject);


# ---------------------------------------------------------------------------------------------------------------------
# ACCESS REVIEWS
#
# They say who reached what at one moment: everybody's access, as `review_access` does of today.
# ---------------------------------------------------------------------------------------------------------------------

allow(actor: Member, "view", review: AccessReview) if
    reviews_access(actor) and
    review.organization_id = actor.organization_id;

allow(actor: Member, "view", entry: AccessReviewEntry) if
    reviews_access(actor) and
    entry.organization_id = actor.organization_id;

# Who sees every account and every user of the organization anyhow.
reviews_access(actor: Member) if
    manages_whole_organization(actor) and
    views_sites_and_services(actor);


# ---------------------------------------------------------------------------------------------------------------------
# API CLIENTS
#
# This is about what users may do with them. What they may do themselves stands at the end.
# ---------------------------------------------------------------------------------------------------------------------

# Who may make API clients. Those of a user who loses this are dead until it is given back.
makes_api_clients(actor: Member) if
    "DEVELOPER_PORTAL" in actor.permissions;

# Owners see theirs and may end them, dead ones too. An admin may end those of users whom they may change.
allow(actor: Member, "view", client: ApiClient) if
    answers_for(actor, client);

allow(actor: Member, "revoke", client: ApiClient) if
    answers_for(actor, client);

# A new secret is for the owner alone: whoever has it acts in their name.
allow(actor: Member, "rotate", client: ApiClient) if
    makes_api_clients(actor) and
    client.owner_id = actor.id;

answers_for(actor: Member, client: ApiClient) if
    client.owner_id = actor.id;

answers_for(actor: Member, client: ApiClient) if
    may_change(actor, client.owner);


# ---------------------------------------------------------------------------------------------------------------------
# ACCESS REQUESTS
#
# They go to whoever could give exactly what is asked, to exactly this user, without a request.
# ---------------------------------------------------------------------------------------------------------------------

# Who asks sees what they asked, and may take it back. Nobody makes a request that they could not take back.
allow(actor: Member, "view", request: AccessRequest) if
    asked(actor, request);

allow(actor: Member, "withdraw", request: AccessRequest) if
    asked(actor, request);

allow(actor: Member, "view", request: AccessRequest) if
    decides(actor, request);

allow(actor: Member, "decide", request: AccessRequest) if
    decides(actor, request);

asked(actor: Member, request: AccessRequest) if
    request.requester_id = actor.id;

# Nobody decides what they asked themselves.
decides(actor: Member, request: AccessRequest) if
    request.requester_id != actor.id and
    may_change(actor, request.requester) and
    request.requester.present and
    request.within_reach_of_actor;


# ---------------------------------------------------------------------------------------------------------------------
# WHAT AN ADMIN MAY GIVE
#
# Contract and delivery accounts are under `assign` above. The rest depends on the actor alone.
# ---------------------------------------------------------------------------------------------------------------------

# This is what makes a user an admin.
manages_users(actor: Member) if
    "USER_MANAGEMENT" in actor.permissions;

# An admin whom nothing limits.
manages_whole_organization(actor: Member) if
    manages_users(actor) and
    actor.audience = "ORGANIZATION" and
    actor.all_contract_accounts;

# Permissions: those that the admin holds.
assign_permission(actor: Member, permission: String) if
    manages_users(actor) and
    permission in actor.permissions;

# Audiences: a person of an end customer adds people of end customers only.
assign_audience(actor: Member, "ORGANIZATION") if
    manages_users(actor) and
    actor.audience = "ORGANIZATION";

assign_audience(actor: Member, "DELIVERY") if
    manages_users(actor);

# *All* accounts: only those who have all themselves.
assign_all(actor: Member, "ContractAccount") if
    manages_users(actor) and
    actor.all_contract_accounts;

assign_all(actor: Member, "DeliveryAccount") if
    manages_users(actor) and
    actor.all_delivery_accounts;


# ---------------------------------------------------------------------------------------------------------------------
# ACCOUNT ACCESS
# ---------------------------------------------------------------------------------------------------------------------

views_sites_and_services(actor: Member) if
    "SITES_SERVICES_VIEW" in actor.permissions;

in_contract_access(actor: Member, account: ContractAccount) if
    has_every_contract_account(actor, account);

in_contract_access(actor: Member, account: ContractAccount) if
    was_granted_contract_account(actor, account);

has_every_contract_account(actor: Member, account: ContractAccount) if
    actor.all_contract_accounts and
    account.organization_id = actor.organization_id;

was_granted_contract_account(actor: Member, account: ContractAccount) if
    grant in account.grants and
    grant.user_id = actor.id;

in_delivery_access(actor: Member, account: DeliveryAccount) if
    actor.all_delivery_accounts and
    account.organization_id = actor.organization_id;

in_delivery_access(actor: Member, account: DeliveryAccount) if
    grant in account.grants and
    grant.user_id = actor.id;


# ---------------------------------------------------------------------------------------------------------------------
# STAFF
#
# They see all, billing details included, and onboard organizations with their accounts, services and first admin.
# They manage no users.
# ---------------------------------------------------------------------------------------------------------------------

# A new organization is no row yet to be asked about: this depends on the actor alone.
creates_organizations(_: Staff);

allow(_: Staff, "view", _: Organization);

allow(_: Staff, "create_contract_account", _: Organization);

allow(_: Staff, "create_delivery_account", _: Organization);

allow(_: Staff, "create_service", _: Organization);

allow(_: Staff, "review_access", _: Organization);

allow(_: Staff, "view", _: ContractAccount);

allow(_: Staff, "view_billing", _: ContractAccount);

allow(_: Staff, "view", _: DeliveryAccount);

allow(_: Staff, "view", _: Service);

allow(_: Staff, "view", _: User);

allow(_: Staff, "view", _: AuditEvent);

allow(_: Staff, "view", _: AccessReview);

allow(_: Staff, "view", _: AccessReviewEntry);

allow(_: Staff, "view", _: ApiClient);

allow(_: Staff, "view", _: AccessRequest);


# ---------------------------------------------------------------------------------------------------------------------
# WHAT API CLIENTS MAY
#
# A client never may more than its owner: each rule asks whether the owner may, by the rules above, and whether the
# client has the scope. It follows the owner at once, whatever they are given or lose.
# ---------------------------------------------------------------------------------------------------------------------

# The scope `basic.read`: the owner's organization, accounts, services and users.
allow(client: Client, "view", organization: Organization) if
    sees_users(client) and
    allow(client.owner, "view", organization);

allow(client: Client, "view", account: ContractAccount) if
    sees_users(client) and
    allow(client.owner, "view", account);

allow(client: Client, "view", account: DeliveryAccount) if
    sees_users(client) and
    allow(client.owner, "view", account);

allow(client: Client, "view", user: User) if
    sees_users(client) and
    allow(client.owner, "view", user);

allow(client: Client, "view", service: Service) if
    reads(client) and
    allow(client.owner, "view", service);

# The scope `billing.read`, together with `basic.read`: the VAT number, the billing email and the currency.
allow(client: Client, "view_billing", account: ContractAccount) if
    reads(client) and
    "billing.read" in client.scopes and
    allow(client.owner, "view_billing", account);

# The scope `events.read`, together with `basic.read`: the feed of events, and the events one by one.
allow(client: Client, "read_events", organization: Organization) if
    reads(client) and
    "events.read" in client.scopes and
    allow(client.owner, "read_events", organization);

allow(client: Client, "view", event: AuditEvent) if
    reads(client) and
    "events.read" in client.scopes and
    allow(client.owner, "view", event);

# The scope `users.write`: all that an admin does with users, and what they may give. But a client gives no more than its
# scopes open, and a user who has more is not within its reach: it can't change, remove or restore them.
allow(client: Client, "create_user", organization: Organization) if
    writes_users(client) and
    allow(client.owner, "create_user", organization);

allow(client: Client, "assign", account: ContractAccount) if
    writes_users(client) and
    allow(client.owner, "assign", account);

allow(client: Client, "assign", account: DeliveryAccount) if
    writes_users(client) and
    allow(client.owner, "assign", account);

allow(client: Client, "update", user: User) if
    writes_users(client) and
    allow(client.owner, "update", user);

allow(client: Client, "resend_activation", user: User) if
    writes_users(client) and
    allow(client.owner, "resend_activation", user);

allow(client: Client, "remove", user: User) if
    writes_users(client) and
    allow(client.owner, "remove", user);

allow(client: Client, "restore", user: User) if
    writes_users(client) and
    allow(client.owner, "restore", user);

manages_users(client: Client) if
    writes_users(client) and
    manages_users(client.owner);

assign_permission(client: Client, permission: String) if
    writes_users(client) and
    passes_on(client, permission) and
    assign_permission(client.owner, permission);

# Whoever has the secret of a client can choose the email of a new user, activate that user, and keep what the user has,
# even after the client is revoked. So a client never gives the permissions that make admins or other clients,
passes_on(_: Client, permission: String) if
    permission in ["SITES_SERVICES_VIEW", "SUPPORT_VIEW", "SUPPORT_EDIT", "ORDERS_VIEW", "ORDERS_APPROVE"];

# and the one for billing details only with the scope for them.
passes_on(client: Client, permission: String) if
    permission = "BILLING_VIEW" and
    "billing.read" in client.scopes;

assign_audience(client: Client, audience: String) if
    writes_users(client) and
    assign_audience(client.owner, audience);

assign_all(client: Client, kind: String) if
    writes_users(client) and
    assign_all(client.owner, kind);

# Whatever its scopes, a client knows itself. Others are no business of it, those of its owner among them.
allow(client: Client, "view", itself: ApiClient) if
    is_alive(client) and
    itself.id = client.id;

reads(client: Client) if
    is_alive(client) and
    "basic.read" in client.scopes;

writes_users(client: Client) if
    is_alive(client) and
    "users.write" in client.scopes;

# Nobody does anything with what they don't see. So who writes users sees them without `basic.read`, and the organization
# and accounts that they are given; services not.
sees_users(client: Client) if
    reads(client);

sees_users(client: Client) if
    writes_users(client);

# A client lives as long as its owner may make clients. That it was not revoked, and that the owner is active, is asked
# of whoever comes with a token, before any rule.
is_alive(client: Client) if
    makes_api_clients(client.owner);
