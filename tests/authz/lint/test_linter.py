"""Each construct that must not reach Oso is reported with its position, its text, the reason, and a suggestion."""

import pytest

from authz.lint.linter import lint
from tests.support.paths import POLICY
from tests.support.policies.accepted_conditions import ACCEPTED, MINE
from tests.support.policies.small_policies import FILE, lint_messages, policy_with, service_if

pytestmark = pytest.mark.invariant("oso_mistakes")

REACHED = "(g in service.contract_account.grants and g.user_id = actor.id)"
FORBIDDEN_CONDITIONS = {
    "not over data": (f"{MINE} and not service.status = \"ACTIVE\"", "not service.status", "Use !="),
    "not over a rule about data": (f"{MINE} and not open(service)", "not open(service)", "virtual flag"),
    "not that mixes data and traits": (
        f'{MINE} and not (service.status = "ACTIVE" or actor.all_contract_accounts)',
        "not (service.status",
        "Use !=",
    ),
    "method as a condition": (f'{MINE} and actor.audience.startswith("ORG")', "startswith", "= true"),
    "forall": (f"{MINE} and forall(g in service.contract_account.grants, g.user_id = actor.id)", "forall", "flag"),
    "cut": (f"{MINE} and cut", "cut", "exclude each other"),
    "addition": (f'{MINE} and service.name = service.code + "x"', "+", "literal"),
    "modulo": (f"{MINE} and service.name mod 2 = 1", "mod", "literal"),
    "method on data": (f'{MINE} and service.name.startswith("A")', "service.name.startswith", "Compare a column"),
    "method on a row": (f"{MINE} and service.delete()", "service.delete", "Compare a column"),
    "unknown method on a trait": ('actor.permissions.append("X")', "append", "It has: count"),
    "columns of two rows": (
        "service.organization_id = service.contract_account.organization_id and actor.all_contract_accounts",
        "service.organization_id = service.contract_account.organization_id",
        "only relations connect rows",
    ),
    "two rows": (f"{MINE} and service.organization = service.contract_account.organization", "=", "relations"),
    "data in a list": (
        "service.organization_id in [service.contract_account.organization_id, actor.organization_id]",
        "in [service",
        "joined with `or`",
    ),
    "identity in a list": ("service.organization_id in [actor.organization_id]", "[actor", "joined with `or`"),
    "empty list": (f"{MINE} and service.status in []", "[]", "Remove the rule"),
    "literal on the left of an order": (f'{MINE} and "M" > service.name', '"M" > service.name', "Turn it around"),
    "order of enum values": (f'{MINE} and service.status < "B"', "service.status", "free text"),
    "order of two columns": (f"{MINE} and service.name < service.code", "service.name", "relations"),
    "assignment": (f'{MINE} and x := "A"', ":=", "Write the path out"),
    "alias": (f"{MINE} and account = service.contract_account", "account =", "Write the path out"),
    "matches": (f"{MINE} and service matches Service", "matches", "Pass the value to a rule"),
    "new object": (f"{MINE} and new Service()", "new", "literal"),
    "dictionary": (f"{MINE} and service = {{a: 1}}", "{", "one by one"),
    "computed field": (f'{MINE} and service.("name") = "A"', "(", "name of the column"),
    "debug": (f"{MINE} and debug()", "debug", "Remove it"),
    "chained comparison": (f'{MINE} and "A" < service.name < "B"', "<", "Join two comparisons"),
    "row as a condition": (f"{MINE} and service.contract_account", "service.contract_account", "!= nil"),
    "column of many rows": (f"{MINE} and service.contract_account.grants.user_id = actor.id", "grants", "Take one"),
    "literal as a condition": (f"{MINE} and true", "true", "Remove it"),
    "unknown column": (f'{MINE} and service.statsu = "ACTIVE"', "statsu", "Did you mean status?"),
    "hidden column": (f'{MINE} and service.name_key = "a"', "name_key", "Did you mean name?"),
    "unknown trait": ("actor.is_admin", "actor.is_admin", "Use one of: all_contract_accounts"),
    "unknown value of a column": (f'{MINE} and service.status = "ACTVE"', "ACTVE", "PLANNED, ACTIVE"),
    "unknown value of a trait": (f'{MINE} and actor.audience = "ORGANISATION"', "ORGANISATION", "DELIVERY"),
    "unknown permission": (f'{MINE} and "BILING_VIEW" in actor.permissions', "BILING_VIEW", "BILLING_VIEW"),
    "wrong type": (f"{MINE} and service.status = 5", "service.status = 5", "value of its type"),
    "id with a text": ('service.id = "x" and actor.all_contract_accounts', 'service.id = "x"', "value of its type"),
    "identity with a name": ("service.name = actor.id", "service.name = actor.id", "actor.id"),
    "identity with a literal": (f'{MINE} and actor.id = "x"', 'actor.id = "x"', "Compare an id with actor.id"),
    "permissions as text": (f'{MINE} and actor.permissions = "X"', "actor.permissions", "in actor.permissions"),
    "permission without quotes": (f"{MINE} and BILLING_VIEW in actor.permissions", "BILLING_VIEW", "in quotes"),
    "any permission": (f"{MINE} and _BILLING_VIEW in actor.permissions", "_BILLING_VIEW", "in quotes"),
    "search in a text": (f'{MINE} and "A" in service.name', '"A" in service.name', "does not search text"),
    "literal in a relation": (f'{MINE} and "A" in service.contract_account.grants', "grants", "variable of its own"),
    "unbound variable": (f"{MINE} and grant.user_id = actor.id", "grant.user_id", "Bind it first"),
    "element of two relations": (
        f"{MINE} and g in service.contract_account.services and g in service.delivery_account.services",
        "g in service.delivery_account",
        "variable of its own",
    ),
    "trait passed to a rule": (f"{MINE} and open(actor.audience)", "actor.audience", "Pass the actor"),
    "unknown rule": (f"{MINE} and opne(service)", "opne(service)", "Did you mean open?"),
    "wrong number of arguments": (f"{MINE} and open(service, actor)", "2 arguments", "number and the types"),
    "and before or": (f'{MINE} and actor.all_contract_accounts or service.status = "ACTIVE"', "or", "Put parentheses"),
    "or before and": (f'service.status = "ACTIVE" or {MINE} and actor.all_contract_accounts', "or", "Put parentheses"),
    "negation of other languages": (f"{MINE} and !actor.all_contract_accounts", "!", "Write `not`"),
    "unequal of other languages": (f'{MINE} and service.status <> "ACTIVE"', "<>", "Write !="),
    "and of other languages": (f"{MINE} && actor.all_contract_accounts", "&", "Write `and`"),
    "or of other languages": (f"{MINE} || actor.all_contract_accounts", "|", "Write `or`"),
    "name bound in or and again": (
        f"({REACHED} or {MINE}) and g in service.contract_account.grants and g.user_id != actor.id",
        "g in service.contract_account.grants",
        "name of its own",
    ),
    "name bound in two joined or": (
        f"({REACHED} or {MINE}) and (g in service.delivery_account.grants or {MINE})",
        "g in service.delivery_account.grants",
        "name of its own",
    ),
    "permission bound in not and again": (
        'not (p in actor.permissions and p = "ORDERS_VIEW") and p in actor.permissions and p = "SUPPORT_VIEW"',
        "p in actor.permissions",
        "name of its own",
    ),
    "text that can't be stored": (f'{MINE} and service.name = "a\\\\\\0b"', "\\0", "Remove it"),
    "the same in a list": (f'{MINE} and service.name in ["A", "\\0"]', "\\0", "Remove it"),
    "the same written out": (f'{MINE} and service.name = "a\0b"', "U+0000", "Remove it"),
    "half a character": (f'{MINE} and service.name = "a\ud83d"', "U+D83D", "Remove it"),
    "no plain space": (f"{MINE} and\u00a0actor.all_contract_accounts", "U+00A0", "Replace it with a space"),
    "invisible character": (f"{MINE} and \u200bactor.all_contract_accounts", "U+200B", "Remove it"),
    "deep parentheses": ("(" * 300 + MINE + ")" * 300, "(", "another rule"),
    "deep negation": (f"{MINE} and {'not ' * 2000} actor.all_contract_accounts", "not", "another rule"),
    "deep list": (f"{MINE} and service.name in {'[' * 2000}", "[", "one list of literals"),
    "name of tracing": ("_trail in service.contract_account.grants and _trail.user_id = actor.id", "_trail", "another"),
    "numbered name of tracing": (
        f"{MINE} and _trail0 in service.contract_account.grants and open(service)",
        "_trail0",
        "Choose another name",
    ),
    "variable with the name of a type": (
        "Service in service.contract_account.services and Service.organization_id = actor.organization_id",
        "Service",
        "such as service",
    ),
    "variable with a name of Polar": (
        "type in service.contract_account.services and type.organization_id = actor.organization_id",
        "type",
        "Choose another name",
    ),
    "value of anything": ("_ in service.contract_account.grants and _.user_id = actor.id", "_.user_id", "a name"),
    "wrong type of argument": (f"{MINE} and open(service.contract_account)", "1 arguments", "number and the types"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN_CONDITIONS)
def test_forbidden_conditions_are_reported_at_their_position(name: str) -> None:
    condition, text, message = FORBIDDEN_CONDITIONS[name]
    helper = "" if "open(" not in condition and "opne(" not in condition else HELPER
    diagnostics = lint(service_if(condition) + helper, FILE).diagnostics
    on_line = [item for item in diagnostics if item.line == 2]
    assert on_line, [str(item) for item in diagnostics]
    assert all(item.file == FILE and item.column >= 5 for item in on_line)
    assert any(text in f"{item.text} {item.reason}" for item in on_line), on_line
    assert any(message in f"{item.reason} {item.suggestion}" for item in on_line), on_line


HELPER = 'open(service: Service) if service.status = "ACTIVE";\n'

FORBIDDEN_RULES = {
    "variables of two rows passed to one rule": (
        (
            'allow(actor: Member, "view", s: Service) if same(s.name, s.contract_account.name) and s.id = actor.id;\n'
            "same(a: String, b: String) if a = b;"
        ),
        2,
        "a = b",
        "only relations connect rows",
    ),
    "rows passed to one rule": (
        (
            'allow(_: Member, "view", s: Service) if f(s.organization, s.contract_account.organization);\n'
            "f(o: Organization, q: Organization) if o = q;"
        ),
        2,
        "o = q",
        "only relations connect rows",
    ),
    "parameter twice": (
        'allow(_: Member, "view", s: Service) if same(s.name, s.contract_account.name);\nsame(a: String, a: String);',
        2,
        "a: String",
        "its own name",
    ),
    "parameter without a type": (
        'allow(_: Member, "view", s: Service) if open(s);\nopen(s) if s.status = "ACTIVE";',
        2,
        "s",
        "Use one of the types Member, Staff, Client, Organization",
    ),
    "action without a type": (
        'allow(_: Member, action, _: Service) if action = "view";',
        1,
        "action",
        "Use one of the types",
    ),
    "action that is not a literal": ("allow(_: Member, _: String, _: Service);", 1, "_: String", "one `allow` rule"),
    "mistyped action": ('allow(_: Member, "veiw", _: Service);', 1, "'veiw'", "Did you mean view?"),
    "action of another type": ('allow(_: Member, "assign", _: Service);', 1, "'assign'", "Use one of: view"),
    "mistyped class": ('allow(_: Member, "view", _: Servise);', 1, "Servise", "Use one of the types"),
    "reserved class": ('allow(_: Actor, "view", _: Service);', 1, "Actor", "Member, Staff"),
    "type that has no actions": (
        'allow(_: Member, "view", _: ContractGrant);',
        1,
        "ContractGrant",
        "Use one of: Organization",
    ),
    "arguments of allow": ('allow("view", _: Member, _: Service);', 1, "allow", "Write allow(actor"),
    "unused rule": ("forgotten(actor: Member) if actor.all_contract_accounts;", 1, "forgotten", "Remove it"),
    "unused overload": (
        (
            'allow(_: Member, "view", s: Service) if open(s);\nopen(s: Service) if s.status = "ACTIVE";\n'
            "open(u: User) if u.present;"
        ),
        3,
        "open",
        "Remove it",
    ),
    "recursion": (
        'allow(_: Member, "view", s: Service) if open(s);\nopen(s: Service) if s.status = "ACTIVE" or open(s);',
        2,
        "open",
        "Write a separate rule for each level",
    ),
    "recursion through another": (
        'allow(_: Member, "view", s: Service) if a(s);\na(s: Service) if b(s);\nb(s: Service) if a(s);',
        2,
        "a",
        "Write a separate rule for each level",
    ),
    "block": ("resource Service { }", 1, "resource", "plain `allow` rules"),
    "query": ("?= allow(1, 2, 3);", 1, "?=", "Write a test"),
    "broken": ('allow(_: Member, "view" _: Service);', 1, "_", "expected"),
    "rule without its end": ('allow(_: Member, "view", _: Service)', 1, ")", "`if` or `;` was expected after this"),
    "condition without its end": (
        'allow(_: Member, "view", s: Service) if\n    s.status = "ACTIVE"\n\n# The next.',
        2,
        '"ACTIVE"',
        "`and`, `or` or `;` was expected after this",
    ),
    "comma for and": (
        'allow(a: Member, "view", s: Service) if a.all_contract_accounts, s.status = "ACTIVE";',
        1,
        ",",
        "Write `and`",
    ),
    "stray character": ("allow(_: Member, 'view', _: Service);", 1, "'", "Quote text"),
    "text without its end": ('allow(_: Member, "view, _: Service);', 1, '"', 'no closing "'),
    "flag denied": ('allow(_: Member, "view", u: User) if u.removed = false;', 1, "u.removed", "opposite flag"),
    "flag in a parameter": ('allow(_: Member, "view", _: User{removed: false});', 1, "removed", "body"),
    "unknown field in a parameter": ('allow(_: Member{level: "X"}, "view", _: Service);', 1, "level", "Use one of: "),
    "value that a trait never has": (
        'allow(_: Member{audience: "X"}, "view", _: Service);',
        1,
        "no audience X",
        "ORGANIZATION",
    ),
    "value that cannot be assigned": (
        'assign_audience(_: Member, "EVERYBODY");',
        1,
        "no audience EVERYBODY",
        "ORGANIZATION",
    ),
    "parameter with the name of a type": ('allow(_: Member, "view", User: User) if User.present;', 1, "User", "user"),
    "parameter with a name of Polar": (
        'allow(_: Member, "view", type: User) if type.present;',
        1,
        "type",
        "another name",
    ),
    "parameter with a name of tracing": (
        'allow(_: Member, "view", _trail: User) if _trail.present;',
        1,
        "_trail",
        "Choose another name",
    ),
    "field of a parameter without a name": (
        'allow(a: Member, "view", _: User) if a.all_contract_accounts and _.present;',
        1,
        "_.present",
        "Give it a name",
    ),
    "parameter without a name passed on": (
        'allow(_: Member, "view", _: Service) if open(_);\nopen(s: Service) if s.status = "ACTIVE";',
        1,
        "_",
        "cannot be passed",
    ),
    "text in a head that can't be stored": ('allow(_: Member, "vi\\0ew", _: User);', 1, "\\0", "Remove it"),
    "comment that can't be stored": ("# A\0B", 1, "U+0000", "Remove it"),
    "byte order mark": ('\ufeffallow(_: Member, "view", _: User);', 1, "U+FEFF", "Save the file as UTF-8 without"),
    "no parameter": ("always();", 1, "always", "Give it the actor"),
    "reserved name": ('allow(_: Member, "view", s: Service) if traced_x(s);\ntraced_x(_: Service);', 2, "traced", ""),
}


@pytest.mark.parametrize("name", FORBIDDEN_RULES)
def test_forbidden_rules_are_reported_at_their_position(name: str) -> None:
    rules, line, text, message = FORBIDDEN_RULES[name]
    diagnostics = lint(policy_with(rules), FILE).diagnostics
    on_line = [item for item in diagnostics if item.line == line]
    assert any(text in f"{item.text} {item.reason}" for item in on_line), [str(item) for item in diagnostics]
    assert any(message in f"{item.reason} {item.suggestion}" for item in on_line), on_line


def test_all_diagnostics_are_reported_at_once_and_in_order() -> None:
    rules = 'allow(_: Member, "veiw", _: Service);\nallow(_: Member, "view", s: Service) if cut;\nx(a) if a = 1;'
    assert [item.line for item in lint(policy_with(rules), FILE).diagnostics] == [1, 2, 3]


def test_a_missing_capability_is_reported() -> None:
    text = "\n".join(line for line in policy_with("").splitlines() if not line.startswith("assign_all"))
    assert any("`assign_all`: No rule has this name" in message for message in lint_messages(text))


@pytest.mark.parametrize("name", ACCEPTED)
def test_supported_conditions_are_accepted(name: str) -> None:
    assert lint_messages(service_if(ACCEPTED[name])) == []


def test_the_shipped_policy_has_no_diagnostics() -> None:
    assert lint_messages(POLICY.read_text()) == []


FITS = 'allow(_: Member, "assign", account: DeliveryAccount) if g in account.grants and fits(g.user);'
CIRCULAR = {
    "in the rule": 'allow(actor: Member, "assign", account: ContractAccount) if '
    "g in account.grants and g.user_id != actor.id and\n    g.user.within_reach_of_actor;",
    "in a rule that it calls": f"{FITS}\nfits(user: User) if user.within_reach_of_actor;",
    "in a head": f"{FITS}\nfits(_: User{{within_reach_of_actor: true}});",
}


@pytest.mark.parametrize("rules", CIRCULAR.values(), ids=CIRCULAR)
def test_the_flag_that_asks_assign_is_not_asked_by_assign(rules: str) -> None:
    """The condition would contain itself: the SQL of every list of users would have no end."""
    (message,) = lint_messages(policy_with(rules))
    assert message.startswith(f"{FILE}:2:")
    assert "within_reach_of_actor asks what the actor may assign" in message
