"""Random rules about services, which reuse few names in many scopes: alternatives, helpers, joined conditions."""

from random import Random

from tests.support.policies.small_policies import policy_with

NAMES = ("g", "h")
RELATIONS = ("service.contract_account.grants", "service.delivery_account.grants")
OF_GRANTS = (
    "{}.user_id = actor.id",
    "{}.user_id != actor.id",
    '{}.user.country = "NL"',
    "{}.user.all_contract_accounts",
)
PLAIN = (
    "service.organization_id = actor.organization_id",
    'service.status = "ACTIVE"',
    'service.country != "NL"',
    "actor.all_contract_accounts",
    'actor.audience = "DELIVERY"',
    '"BILLING_VIEW" in actor.permissions',
    'not "ORDERS_VIEW" in actor.permissions',
    "helper(actor, service)",
)


def random_policy(random: Random) -> str:
    """Returns a policy with a random rule, which may be one that the linter refuses."""
    allow = f'allow(actor: Member, "view", service: Service) if {_condition(random, 3)};'
    helper = f"helper(actor: Member, service: Service) if {_condition(random, 1).replace(PLAIN[-1], PLAIN[0])};"
    anchors = (
        'allow(actor: Member, "view", service: Service) if helper(actor, service) and service.name = actor.audience;'
    )
    return policy_with("\n".join((allow, helper, anchors)))


def _condition(random: Random, depth: int) -> str:
    kind = random.choice(("and", "and", "or", "plain", "grant")) if depth else random.choice(("plain", "grant"))
    if kind == "plain":
        return random.choice(PLAIN)
    if kind == "grant":
        name = random.choice(NAMES)
        return f"({name} in {random.choice(RELATIONS)} and {random.choice(OF_GRANTS).format(name)})"
    items = [_condition(random, depth - 1) for _ in range(random.choice((2, 2, 3)))]
    return f"({f' {kind} '.join(items)})"
