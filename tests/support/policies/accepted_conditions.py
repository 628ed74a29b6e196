"""Conditions on services that the linter accepts: one for each form of the positive grammar."""

MINE = "service.organization_id = actor.organization_id"

ACCEPTED = {
    "grant idiom": "grant in service.contract_account.grants and grant.user_id = actor.id",
    "column and identity": MINE,
    "unequal": f'{MINE} and service.status != "ACTIVE"',
    "order": f'{MINE} and service.name >= "M"',
    "or": f'{MINE} and (service.status = "ACTIVE" or service.status = "PLANNED")',
    "list": f'{MINE} and service.status in ["ACTIVE", "PLANNED"]',
    "nil": f"{MINE} and service.contract_account.currency = nil",
    "not nil": f"{MINE} and service.contract_account.currency != nil",
    "hops": "service.delivery_account.organization.id = actor.organization_id",
    "literal on the left of an equality": f'{MINE} and "ACTIVE" = service.status',
    "nested elements": (
        "other in service.contract_account.services and grant in other.delivery_account.grants"
        " and grant.user_id = actor.id"
    ),
    "two variables over one relation": (
        f'{MINE} and a in service.contract_account.services and a.status = "ACTIVE"'
        ' and b in service.contract_account.services and b.status = "PLANNED"'
    ),
    "boolean column": (
        f"{MINE} and g in service.contract_account.grants and g.user.all_contract_accounts and g.user_id != actor.id"
    ),
    "boolean column denied": (
        f"{MINE} and g in service.contract_account.grants and g.user.all_contract_accounts = false"
    ),
    "trait": f"{MINE} and actor.all_contract_accounts",
    "trait denied": f"{MINE} and not actor.all_contract_accounts",
    "traits in any combination": (
        f'{MINE} and not (actor.audience = "DELIVERY" and not "BILLING_VIEW" in actor.permissions)'
    ),
    "method of a text": f'{MINE} and actor.audience.startswith("ORG") = true',
    "method of a list": f'{MINE} and actor.permissions.count("ORDERS_VIEW") = 1',
    "column and trait": f"{MINE} and g in service.contract_account.grants and g.user.audience = actor.audience",
    "column in a trait": (
        f"{MINE} and g in service.contract_account.grants and p in g.user.permissions"
        " and p.permission in actor.permissions"
    ),
    "existence of two elements": (
        f"{MINE} and _ in service.contract_account.grants and _ in service.delivery_account.grants"
    ),
    "one name in the alternatives of an or": (
        "(g in service.contract_account.grants and g.user_id = actor.id)"
        f" or ({MINE} and g in service.delivery_account.grants and g.user_id = actor.id)"
    ),
    "word of a trait denied": f'{MINE} and p in actor.permissions and not p = "ORDERS_VIEW"',
    "word of a trait": f'{MINE} and p in actor.permissions and p = "ORDERS_VIEW"',
}
