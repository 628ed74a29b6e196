"""The example data: ACME Corporation, which delivers to PEAR Corp, its neighbour Globex, and the demo users.

Docs and tests rely on it, down to the service codes. Primary keys are derived from names, so they are the same on
every machine, and docs and tests can show them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from app.demo.bulk_copy import Row, copy, enter_emails
from app.demo.example_users import ACME, GLOBEX, PASSWORD, USERS, DemoUser, State
from app.demo.fixed_ids import EPOCH, named_key
from models import (
    ContractAccount,
    ContractGrant,
    DeliveryAccount,
    DeliveryGrant,
    MailKind,
    MailStatus,
    OneTimeToken,
    Organization,
    OutboxMail,
    Service,
    TokenPurpose,
    User,
    UserPermission,
    tenant_of,
)
from resolvers.identity.hashing import derive_token, hash_password, token_hash

ACTIVATION_LIFETIME = timedelta(days=7)

# organization, name, VAT number, billing email, currency
CONTRACT_ACCOUNTS = (
    (ACME, "ACME South", "DE129273398", "billing.south@acme.example", "EUR"),
    (ACME, "ACME East", "PL5260250995", "billing.east@acme.example", "PLN"),
    (ACME, "ACME North", "SE556703748501", "billing.north@acme.example", "SEK"),
    (GLOBEX, "Globex Atlantic", "GB365462636", "accounts@globex.example", "GBP"),
    (GLOBEX, "Globex Pacific", None, None, "USD"),
)

DELIVERY_ACCOUNTS = (
    (ACME, "PEAR Corp"),
    (ACME, "ACME South"),
    (ACME, "ACME North"),
    (GLOBEX, "PEAR Corp"),
    (GLOBEX, "Globex Pacific"),
)

# organization, code, contract account, delivery account, name, status, city, country
SERVICES = (
    (ACME, "SVC-000001", "ACME South", "PEAR Corp", "Internet access 1 Gbit/s", "ACTIVE", "München", "DE"),
    (ACME, "SVC-000002", "ACME South", "PEAR Corp", "Managed firewall", "ACTIVE", "München", "DE"),
    (ACME, "SVC-000003", "ACME South", "ACME South", "Office telephony", "ACTIVE", "Stuttgart", "DE"),
    (ACME, "SVC-000004", "ACME East", "PEAR Corp", "Ethernet line 10 Gbit/s", "PLANNED", "Görlitz", "DE"),
    (ACME, "SVC-000005", "ACME East", "PEAR Corp", "Managed wireless", "PLANNED", "Wrocław", "PL"),
    (ACME, "SVC-000006", "ACME North", "ACME North", "Data centre rack", "SUSPENDED", "Malmö", "SE"),
    (GLOBEX, "SVC-000001", "Globex Atlantic", "PEAR Corp", "Internet access 500 Mbit/s", "ACTIVE", "Bristol", "GB"),
    (GLOBEX, "SVC-000002", "Globex Atlantic", "PEAR Corp", "Managed firewall", "ACTIVE", "Bristol", "GB"),
    (GLOBEX, "SVC-000003", "Globex Pacific", "Globex Pacific", "Dark fibre", "ACTIVE", "Seattle", "US"),
)


async def load(connection: Connection, secret_key: bytes) -> bool:
    """Insert the example data in one transaction, unless it is already there. Returns whether it was inserted.

    `secret_key` is the server's: the activation links of the demo users are derived from it. Raises
    asyncpg.UniqueViolationError if a demo user's email is already taken.
    """
    async with connection.transaction():
        if await connection.fetchval("SELECT 1 FROM organizations WHERE id = $1", named_key(ACME)):
            return False
        await _add_organizations(connection)
        now = datetime.now(UTC)
        await _add_users(connection, now)
        await _add_activations(connection, secret_key, now)
    return True


async def _add_organizations(connection: Connection) -> None:
    organizations = ((named_key(name), name, EPOCH, EPOCH) for name in (ACME, GLOBEX))
    await copy(connection, Organization, "id name created_at updated_at", organizations)
    contracts = ((_contract(o, name), named_key(o), name, *billing, EPOCH) for o, name, *billing in CONTRACT_ACCOUNTS)
    columns = "id organization_id name vat_number billing_email currency created_at"
    await copy(connection, ContractAccount, columns, contracts)
    deliveries = ((_delivery(o, name), named_key(o), name, EPOCH) for o, name in DELIVERY_ACCOUNTS)
    await copy(connection, DeliveryAccount, "id organization_id name created_at", deliveries)
    columns = "id organization_id code contract_account_id delivery_account_id name status city country created_at"
    await copy(connection, Service, columns, _services())


def _services() -> Iterator[Row]:
    for organization, code, contract, delivery, *rest in SERVICES:
        ids = named_key(f"{organization}/service/{code}"), named_key(organization)
        accounts = _contract(organization, contract), _delivery(organization, delivery)
        yield (*ids, code, *accounts, *rest, EPOCH)


def _contract(organization: str, name: str) -> UUID:
    return named_key(f"{organization}/contract/{name}")


def _delivery(organization: str, name: str) -> UUID:
    return named_key(f"{organization}/delivery/{name}")


async def _add_users(connection: Connection, now: datetime) -> None:
    password_hash = await hash_password(PASSWORD)
    columns = (
        "id organization_id tenant_id staff kind audience email first_name last_name phone country"
        " all_contract_accounts all_delivery_accounts password_hash activated_at removed_at last_sign_in_at"
        " created_at updated_at"
    )
    await copy(connection, User, columns, (_user_row(user, password_hash, now) for user in USERS))
    await enter_emails(connection)
    members = [(user, (named_key(user.email), named_key(user.organization))) for user in USERS if user.organization]
    permissions = ((*keys, permission) for user, keys in members for permission in user.permissions)
    await copy(connection, UserPermission, "user_id organization_id permission", permissions)
    contracts = ((*keys, _contract(u.organization, name)) for u, keys in members for name in u.contract_accounts)
    await copy(connection, ContractGrant, "user_id organization_id contract_account_id", contracts)
    deliveries = ((*keys, _delivery(u.organization, name)) for u, keys in members for name in u.delivery_accounts)
    await copy(connection, DeliveryGrant, "user_id organization_id delivery_account_id", deliveries)


def _user_row(user: DemoUser, password_hash: str, now: datetime) -> Row:
    activated = user.state in (State.ACTIVE, State.REMOVED)
    return (
        named_key(user.email),
        named_key(user.organization) if user.organization else None,
        _tenant(user),
        not user.organization,
        user.kind,
        user.audience,
        user.email,
        user.first_name,
        user.last_name,
        user.phone,
        user.country,
        user.all_contract_accounts,
        user.all_delivery_accounts,
        password_hash if activated else None,
        EPOCH + timedelta(hours=1) if activated else None,
        EPOCH + timedelta(days=90) if user.state is State.REMOVED else None,
        now - user.last_sign_in if user.last_sign_in is not None else None,
        EPOCH,
        EPOCH,
    )


async def _add_activations(connection: Connection, secret_key: bytes, now: datetime) -> None:
    """Insert pat's new link, whose mail is in the outbox, and eve's expired one."""
    since = {State.PENDING: now, State.EXPIRED: EPOCH}
    sent = [(user, since[user.state]) for user in USERS if user.state in since]
    tokens = (_token_row(secret_key, user, at) for user, at in sent)
    await copy(connection, OneTimeToken, "id tenant_id user_id purpose token_hash expires_at created_at", tokens)
    owner = "organization_id tenant_id user_id one_time_token_id"
    columns = f"id created_at {owner} kind recipient message_id status attempts sent_at"
    await copy(connection, OutboxMail, columns, (_mail_row(user, at) for user, at in sent))


def _token_row(secret_key: bytes, user: DemoUser, at: datetime) -> Row:
    row_id = _token_id(user)
    secret = derive_token(secret_key, TokenPurpose.ACTIVATION, row_id, _tenant(user))
    expires_at = at + ACTIVATION_LIFETIME
    return row_id, _tenant(user), named_key(user.email), TokenPurpose.ACTIVATION, token_hash(secret), expires_at, at


def _mail_row(user: DemoUser, at: datetime) -> Row:
    row_id = named_key(f"{user.email}/mail")
    owner = named_key(user.organization), _tenant(user), named_key(user.email), _token_id(user)
    state = (MailStatus.SENT, 1, at) if user.state is State.EXPIRED else (MailStatus.QUEUED, 0, None)
    return row_id, at, *owner, MailKind.USER_ACTIVATION, user.email, f"<{row_id}@portico.example>", *state


def _tenant(user: DemoUser) -> UUID:
    return tenant_of(named_key(user.organization) if user.organization else None)


def _token_id(user: DemoUser) -> UUID:
    return named_key(f"{user.email}/activation")
