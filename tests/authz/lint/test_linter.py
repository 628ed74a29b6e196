"""Each form that must not reach Oso is refused with its place, its text, the reason, and the way to write it."""

import pytest

from authz.lint.linter import lint
from tests.support.paths import POLICY
from tests.support.policies import FILE, linted, policy_with, service_if

MINE = "service.organization_id = actor.organization_id"

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
        "tied together by relations",
    ),
    "two rows": (f"{MINE} and service.organization = service.contract_account.organization", "=", "relations"),
    "data in a list": (
        "service.organization_id in [service.contract_account.organization_id, actor.organization_id]",
        "in [service",
        "joined by `or`",
    ),
    "identity in a list": ("service.organization_id in [actor.organization_id]", "[actor", "joined by `or`"),
    "empty list": (f"{MINE} and service.status in []", "[]", "Remove the rule"),
    "literal on the left of an order": (f'{MINE} and "M" > service.name', '"M" > service.name', "Turn it around"),
    "order of words": (f'{MINE} and service.status < "B"', "service.status", "free text"),
    "order of two columns": (f"{MINE} and service.name < service.code", "service.name", "relations"),
    "assignment": (f'{MINE} and x := "A"', ":=", "Write the path out"),
    "alias": (f"{MINE} and account = service.contract_account", "account =", "Write the path out"),
    "matches": (f"{MINE} and service matches Service", "matches", "Give the value to a rule"),
    "new object": (f"{MINE} and new Service()", "new", "literal"),
    "dictionary": (f"{MINE} and service = {{a: 1}}", "{", "one by one"),
    "computed field": (f'{MINE} and service.("name") = "A"', "(", "name of the column"),
    "debug": (f"{MINE} and debug()", "debug", "Remove it"),
    "chained comparison": (f'{MINE} and "A" < service.name < "B"', "<", "Join two comparisons"),
    "row as a condition": (f"{MINE} and service.contract_account", "service.contract_account", "!= nil"),
    "column of a many": (f"{MINE} and service.contract_account.grants.user_id = actor.id", "grants", "Take one"),
    "literal as a condition": (f"{MINE} and true", "true", "Remove it"),
    "unknown column": (f'{MINE} and service.statsu = "ACTIVE"', "statsu", "Did you mean status?"),
    "hidden column": (f'{MINE} and service.name_key = "a"', "name_key", "Did you mean name?"),
    "unknown trait": ("actor.is_admin", "actor.is_admin", "Known are: all_contract_accounts"),
    "unknown word of a column": (f'{MINE} and service.status = "ACTVE"', "ACTVE", "PLANNED, ACTIVE"),
    "unknown word of a trait": (f'{MINE} and actor.audience = "ORGANISATION"', "ORGANISATION", "DELIVERY"),
    "unknown permission": (f'{MINE} and "BILING_VIEW" in actor.permissions', "BILING_VIEW", "BILLING_VIEW"),
    "wrong type": (f"{MINE} and service.status = 5", "service.status = 5", "value of its type"),
    "id with a text": ('service.id = "x" and actor.all_contract_accounts', 'service.id = "x"', "value of its type"),
    "identity with a name": ("service.name = actor.id", "service.name = actor.id", "actor.id"),
    "identity with a literal": (f'{MINE} and actor.id = "x"', 'actor.id = "x"', "compared with actor.id"),
    "permissions as text": (f'{MINE} and actor.permissions = "X"', "actor.permissions", "in actor.permissions"),
    "permission without quotes": (f"{MINE} and BILLING_VIEW in actor.permissions", "BILLING_VIEW", "in quotes"),
    "any permission": (f"{MINE} and _BILLING_VIEW in actor.permissions", "_BILLING_VIEW", "in quotes"),
    "search in a text": (f'{MINE} and "A" in service.name', '"A" in service.name', "not searched"),
    "literal in a relation": (f'{MINE} and "A" in service.contract_account.grants', "grants", "variable of its own"),
    "unbound variable": (f"{MINE} and grant.user_id = actor.id", "grant.user_id", "Bind it first"),
    "element of two relations": (
        f"{MINE} and g in service.contract_account.services and g in service.delivery_account.services",
        "g in service.delivery_account",
        "variable of its own",
    ),
    "trait given to a rule": (f"{MINE} and open(actor.audience)", "actor.audience", "Give the actor"),
    "unknown rule": (f"{MINE} and opne(service)", "opne(service)", "Did you mean open?"),
    "wrong number of arguments": (f"{MINE} and open(service, actor)", "2 arguments", "number and the types"),
    "wrong type of argument": (f"{MINE} and open(service.contract_account)", "1 arguments", "number and the types"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN_CONDITIONS)
def test_forbidden_conditions_are_refused_where_they_stand(name: str) -> None:
    condition, shown, idiom = FORBIDDEN_CONDITIONS[name]
    helper = "" if "open(" not in condition and "opne(" not in condition else HELPER
    findings = lint(service_if(condition) + helper, FILE).diagnostics
    about = [finding for finding in findings if finding.line == 2]
    assert about, [str(finding) for finding in findings]
    assert all(finding.file == FILE and finding.column >= 5 for finding in about)
    assert any(shown in f"{finding.text} {finding.reason}" for finding in about), about
    assert any(idiom in f"{finding.reason} {finding.suggestion}" for finding in about), about


HELPER = 'open(service: Service) if service.status = "ACTIVE";\n'

FORBIDDEN_RULES = {
    "variables of two rows given to one rule": (
        (
            'allow(actor: Member, "view", s: Service) if same(s.name, s.contract_account.name) and s.id = actor.id;\n'
            "same(a: String, b: String) if a = b;"
        ),
        2,
        "a = b",
        "tied together by relations",
    ),
    "rows given to one rule": (
        (
            'allow(_: Member, "view", s: Service) if f(s.organization, s.contract_account.organization);\n'
            "f(o: Organization, q: Organization) if o = q;"
        ),
        2,
        "o = q",
        "tied together by relations",
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
        "Types are: Member, Staff, Client, Organization",
    ),
    "action without a type": ('allow(_: Member, action, _: Service) if action = "view";', 1, "action", "Types are"),
    "action that is no literal": ("allow(_: Member, _: String, _: Service);", 1, "_: String", "one `allow` rule"),
    "mistyped action": ('allow(_: Member, "veiw", _: Service);', 1, "'veiw'", "Did you mean view?"),
    "action of another type": ('allow(_: Member, "assign", _: Service);', 1, "'assign'", "Known are: view"),
    "mistyped class": ('allow(_: Member, "view", _: Servise);', 1, "Servise", "Types are"),
    "reserved class": ('allow(_: Actor, "view", _: Service);', 1, "Actor", "Member, Staff"),
    "type that has no actions": ('allow(_: Member, "view", _: ContractGrant);', 1, "ContractGrant", "Actions are on"),
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
        "Write out the levels",
    ),
    "recursion through another": (
        'allow(_: Member, "view", s: Service) if a(s);\na(s: Service) if b(s);\nb(s: Service) if a(s);',
        2,
        "a",
        "Write out the levels",
    ),
    "block": ("resource Service { }", 1, "resource", "plain `allow` rules"),
    "query": ("?= allow(1, 2, 3);", 1, "?=", "Write a test"),
    "broken": ('allow(_: Member, "view" _: Service);', 1, "_", "expected"),
    "rule without its end": ('allow(_: Member, "view", _: Service)', 1, ")", "`if` or `;` was expected behind this"),
    "condition without its end": (
        'allow(_: Member, "view", s: Service) if\n    s.status = "ACTIVE"\n\n# The next.',
        2,
        '"ACTIVE"',
        "`and`, `or` or `;` was expected behind this",
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
    "unknown field in a parameter": ('allow(_: Member{level: "X"}, "view", _: Service);', 1, "level", "Known are"),
    "word that cannot be given": ('assign_audience(_: Member, "EVERYBODY");', 1, "'EVERYBODY'", "ORGANIZATION"),
    "no parameter": ("always();", 1, "always", "Give it the actor"),
    "reserved name": ('allow(_: Member, "view", s: Service) if traced_x(s);\ntraced_x(_: Service);', 2, "traced", ""),
}


@pytest.mark.parametrize("name", FORBIDDEN_RULES)
def test_forbidden_rules_are_refused_where_they_stand(name: str) -> None:
    rules, line, shown, idiom = FORBIDDEN_RULES[name]
    findings = lint(policy_with(rules), FILE).diagnostics
    about = [finding for finding in findings if finding.line == line]
    assert any(shown in f"{finding.text} {finding.reason}" for finding in about), [str(each) for each in findings]
    assert any(idiom in f"{finding.reason} {finding.suggestion}" for finding in about), about


def test_all_findings_come_at_once_and_in_order() -> None:
    rules = 'allow(_: Member, "veiw", _: Service);\nallow(_: Member, "view", s: Service) if cut;\nx(a) if a = 1;'
    assert [finding.line for finding in lint(policy_with(rules), FILE).diagnostics] == [1, 2, 3]


def test_a_missing_question_is_told() -> None:
    text = "\n".join(line for line in policy_with("").splitlines() if not line.startswith("assign_all"))
    assert any("`assign_all`: No rule has this name" in finding for finding in linted(text))


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
    "word of a trait": f'{MINE} and p in actor.permissions and p = "ORDERS_VIEW"',
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_positive_grammar_is_let_through(name: str) -> None:
    assert linted(service_if(ACCEPTED[name])) == []


def test_the_policy_of_the_repository_has_no_findings() -> None:
    assert linted(POLICY.read_text()) == []
