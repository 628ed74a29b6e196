"""Generates small random worlds for checking a policy, biased to edge cases: nulls, empty relations, named values.

Foreign keys hold, including the organization, as in the database: a translation may rely on them. A column without a
foreign key refers to any row, also of another organization, or to a row that does not exist.
"""

from collections.abc import Iterator, Mapping
from copy import copy
from random import Random

from authz.actor import ActorKind, Identity, Traits
from authz.model.resources import Column, Relation, ResourceFlag, attributes, target
from authz.predicates.evaluate import Row, Value, World
from authz.predicates.nodes import All, Any, Compare, Exists, OneOf, Predicate
from models import (
    CONTRACT,
    DELIVERY,
    AccessRequest,
    AccessReview,
    AccessReviewEntry,
    ApiClient,
    Audience,
    AuditEvent,
    Base,
    ContractAccount,
    DeliveryAccount,
    Organization,
    Permission,
    Scope,
    Service,
    User,
    UserPermission,
)

NamedValues = dict[tuple[type[Base], str], set[str]]


def named_values(predicate: Predicate, model: type[Base], named: NamedValues) -> None:
    """Adds to `named` the texts that `predicate`, on rows of `model`, compares with columns."""
    match predicate:
        case All(items) | Any(items):
            for item in items:
                named_values(item, model, named)
        case Exists(path, where):
            named_values(where, target(model, path), named)
        case Compare(path, _, str() as value) if not isinstance(value, Identity):
            named.setdefault((target(model, path[:-1]), path[-1]), set()).add(value)
        case OneOf(path, values):
            named.setdefault((target(model, path[:-1]), path[-1]), set()).update(values)


def sample_traits(random: Random) -> Iterator[Traits]:
    """Yields traits of every kind of actor: the extremes, and random ones. All of them are valid in the database."""
    all_permissions = frozenset(Permission)
    yield Traits(ActorKind.STAFF)
    for audience in Audience:
        for all_accounts in (False, True):
            all_delivery_accounts = all_accounts and audience is Audience.ORGANIZATION
            yield Traits(ActorKind.MEMBER, audience, all_permissions, all_accounts, all_delivery_accounts)
    permissions = frozenset(permission for permission in Permission if random.random() < 0.6)
    yield Traits(ActorKind.MEMBER, random.choice(list(Audience)), permissions, random.random() < 0.5)
    for scopes in (*({scope} for scope in Scope), set(Scope)):
        audience, all_accounts = random.choice(list(Audience)), random.random() < 0.5
        yield Traits(ActorKind.CLIENT, audience, all_permissions, all_accounts, scopes=frozenset(scopes))
    two_scopes = frozenset(random.sample(list(Scope), 2))
    yield Traits(
        ActorKind.CLIENT, Audience.ORGANIZATION, permissions | {Permission.DEVELOPER_PORTAL}, True, True, two_scopes
    )


def sample_world(random: Random, named: NamedValues) -> World:
    """Returns a world of two organizations with a few rows of every type."""
    world = World()
    for _ in range(2):
        _organization(world, random, named)
    if random.random() < 0.5:
        _row(world, User, random, named, organization_id=None)
    _events(world, random, named)
    # Copies keep the following worlds unchanged: they are the ones in which mistakes were found.
    _reviews(world, copy(random), named)
    _api_clients(world, copy(random), named)
    _access_requests(world, copy(random), named)
    return world


def sample_identity(random: Random, world: World, kind: ActorKind) -> Mapping[Identity, str | None]:
    """Returns the identity of an actor: mostly that of a user in `world`, or of a client there and its owner."""
    if kind is ActorKind.CLIENT and world.rows(ApiClient):
        client = random.choice(world.rows(ApiClient)).values
        return _identity(client["owner_id"], client["organization_id"], client["id"])
    users = [row for row in world.rows(User) if (row.values["organization_id"] is None) == (kind is ActorKind.STAFF)]
    if not users or random.random() < 0.05:
        return _identity("nobody", None if kind is ActorKind.STAFF else world.rows(Organization)[0].values["id"])
    user = random.choice(users).values
    return _identity(user["id"], user["organization_id"])


def _identity(actor: Value, organization: Value, client: Value = None) -> Mapping[Identity, str | None]:
    values = {Identity.ID: actor, Identity.ORGANIZATION_ID: organization, Identity.CLIENT_ID: client}
    return {identity: None if value is None else str(value) for identity, value in values.items()}


def _organization(world: World, random: Random, named: NamedValues) -> None:
    organization_id = _row(world, Organization, random, named).values["id"]

    def rows(model: type[Base], count: int) -> list[Row]:
        return [_row(world, model, random, named, organization_id=organization_id) for _ in range(count)]

    contract_accounts = rows(ContractAccount, random.choice((0, 1, 2, 2)))
    delivery_accounts = rows(DeliveryAccount, random.choice((0, 1, 2, 2)))
    users = rows(User, random.choice((1, 2, 3)))
    for _ in range(random.choice((0, 1, 2, 3))):
        if contract_accounts and delivery_accounts:
            keys = {
                "contract_account_id": random.choice(contract_accounts).values["id"],
                "delivery_account_id": random.choice(delivery_accounts).values["id"],
            }
            _row(world, Service, random, named, organization_id=organization_id, **keys)
    for user in users:
        owner = {"user_id": user.values["id"], "organization_id": organization_id}
        for kind, accounts in ((CONTRACT, contract_accounts), (DELIVERY, delivery_accounts)):
            for account in accounts:
                if random.random() < 0.4:
                    _row(world, kind.grants, random, named, **owner, **{kind.key: account.values["id"]})
        for permission in random.sample(list(Permission), random.choice((0, 1, 2))):
            _row(world, UserPermission, random, named, **owner, permission=permission.value)


def _events(world: World, random: Random, named: NamedValues) -> None:
    organizations = [*(row.values["id"] for row in world.rows(Organization)), None]
    user_ids = [*(row.values["id"] for row in world.rows(User)), None, None, "nobody"]
    for organization in organizations:
        for _ in range(random.choice((1, 2, 3, 4))):
            links: dict[str, Value] = {"actor_id": random.choice(user_ids), "subject_id": random.choice(user_ids)}
            _row(world, AuditEvent, random, named, organization_id=organization, **links)


def _reviews(world: World, random: Random, named: NamedValues) -> None:
    for organization in world.rows(Organization):
        owner: dict[str, Value] = {"organization_id": organization.values["id"]}
        for _ in range(random.choice((0, 1, 2))):
            review = _row(world, AccessReview, random, named, **owner)
            subject = {"review_id": review.values["id"], "user_id": random.choice(world.rows(User)).values["id"]}
            _row(world, AccessReviewEntry, random, named, **owner, **subject)


def _api_clients(world: World, random: Random, named: NamedValues) -> None:
    for user in world.rows(User):
        if user.values["organization_id"] is not None and random.random() < 0.5:
            owner = {"owner_id": user.values["id"], "organization_id": user.values["organization_id"]}
            _row(world, ApiClient, random, named, **owner)


def _access_requests(world: World, random: Random, named: NamedValues) -> None:
    for user in world.rows(User):
        organization = user.values["organization_id"]
        if organization is None or random.random() < 0.4:
            continue
        asked: dict[str, Value] = {"permission": None, "contract_account_id": None, "delivery_account_id": None}
        kind = random.choice((CONTRACT, DELIVERY, None, None))
        accounts = [] if kind is None else world.rows(kind.accounts)
        keys = [row.values["id"] for row in accounts if row.values["organization_id"] == organization]
        if kind is None:
            asked["permission"] = random.choice(list(Permission)).value
        elif keys:
            asked[kind.key] = random.choice(keys)
        requester: dict[str, Value] = {"requester_id": user.values["id"], "organization_id": organization}
        _row(world, AccessRequest, random, named, **requester, **asked)


def _row(world: World, model: type[Base], random: Random, named: NamedValues, **fixed: Value) -> Row:
    values: dict[str, Value] = {}
    for name, attribute in attributes(model).items():
        match attribute:
            case Column():
                values[name] = _value(random, attribute, name, model, named)
            case ResourceFlag():
                values[name] = random.random() < 0.5
            case Relation():
                continue
    number = sum(len(rows) for rows in world.tables.values())
    values.update({"id": f"{model.__name__}-{number}", **fixed})
    if model is User:
        values |= {
            ResourceFlag.PRESENT: values["removed_at"] is None,
            ResourceFlag.REMOVED: values["removed_at"] is not None,
            ResourceFlag.ACTIVATED: values["activated_at"] is not None,
            ResourceFlag.AWAITING_ACTIVATION: values["activated_at"] is None,
        }
    return world.add(model, values)


def _value(random: Random, column: Column, name: str, model: type[Base], named: NamedValues) -> Value:
    if column.nullable and random.random() < 0.4:
        return None
    if column.scalar is bool:
        return random.random() < 0.4
    if column.allowed_values is not None:
        values = sorted(named.get((model, name), ())) * 2
        return random.choice([*values, *(member.value for member in column.allowed_values)])
    values = sorted(named.get((model, name), ()))
    similar = [f"{value}{suffix}" for value in values for suffix in ("", "", "x")]
    return random.choice([*similar, "", "M", "Z"])
