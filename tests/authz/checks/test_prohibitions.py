"""Sentences of `policies.never`: their grammar, what obeys them, and the example where something doesn't."""

import pytest

from authz.actor import ActorKind
from authz.checks.all_traits import DecisionsForAllTraits
from authz.checks.noted_conditions import NotingCompiler
from authz.checks.pipeline import check
from authz.checks.prohibition_conditions import ExceptionCompiler
from authz.checks.prohibition_sentences import FILE as NEVER
from authz.checks.prohibition_sentences import parse_prohibitions
from authz.checks.prohibitions import ProhibitionCheck
from authz.compiler.compiler import Compiler
from authz.language.diagnostics import PolicyError
from authz.lint.linter import lint
from authz.model.actions import ACTIONS, Capability
from authz.policy import load, prohibitions_beside
from models import Audience, ContractAccount, Permission, User
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE, policy_with

pytestmark = pytest.mark.invariant("never")

OWN = "service.organization_id = actor.organization_id"
BORDER = "never: a Member views a row of another organization"
OWNER = "never: a Client may what its owner may not"


def broken(text: str, sentence: str) -> list[str]:
    """What the check of the sentence says about a policy that is valid otherwise."""
    linted = lint(text, FILE)
    prohibitions, misspelt = parse_prohibitions(sentence)
    assert (linted.diagnostics, misspelt) == ((), ())
    exceptions = ExceptionCompiler(text, FILE)
    findings = list(exceptions.load(prohibitions))
    if not findings:
        compiler = Compiler(text, FILE, linted.non_null)
        rules = DecisionsForAllTraits(compiler, NotingCompiler(linted, text, FILE), linted)
        findings = list(ProhibitionCheck(rules, linted, exceptions).broken(prohibitions))
    return [str(finding) for finding in findings]


def test_the_shipped_rules_obey_the_shipped_sentences() -> None:
    sentences = prohibitions_beside(POLICY)
    assert BORDER in sentences
    assert OWNER in sentences
    assert broken(POLICY.read_text(), sentences) == []


@pytest.mark.parametrize(
    "condition",
    [
        OWN,
        # Their form does not say it, but foreign keys do.
        "g in service.contract_account.grants and g.user_id = actor.id",
        "account in service.organization.contract_accounts and g in account.grants and g.user_id = actor.id",
    ],
)
def test_a_rule_within_the_border(condition: str) -> None:
    text = policy_with(f'allow(actor: Member, "view", service: Service) if {condition};')
    assert broken(text, BORDER) == []


def test_a_rule_across_the_border_has_an_example() -> None:
    text = policy_with(f'allow(actor: Member, "view", service: Service) if {OWN} or service.status = "PLANNED";')
    (message,) = broken(text, BORDER)
    assert message == (
        f'{FILE}:1:1: `allow(Member, "view", Service)`: This rule breaks line 1 of policies.never, `{BORDER}`. '
        "It lets a Member of audience ORGANIZATION view "
        "Service (organization_id: another Organization, status: PLANNED). "
        "Narrow this rule. policies.never, beside the policy, has the prohibitions."
    )


def test_a_row_of_no_organization_is_across_the_border() -> None:
    text = policy_with('allow(actor: Member, "view", event: AuditEvent) if event.actor_id = actor.id;')
    (message,) = broken(text, BORDER)
    assert "view AuditEvent (actor_id: the actor, organization_id: " in message


def test_staff_see_all_organizations() -> None:
    assert broken(policy_with('allow(_: Staff, "view", _: Service);'), BORDER) == []


def test_a_client_and_its_owner() -> None:
    owners = f'allow(actor: Member, "view", service: Service) if {OWN} and "ORDERS_VIEW" in actor.permissions;\n'
    through = 'allow(client: Client, "view", service: Service) if allow(client.owner, "view", service);'
    more = 'allow(client: Client, "view", s: Service) if s.organization_id = client.owner.organization_id;'
    assert broken(policy_with(owners + through), OWNER) == []
    (message,) = broken(policy_with(owners + more), OWNER)
    assert message.startswith(f'{FILE}:2:1: `allow(Client, "view", Service)`: ')
    assert "It lets a Client whose owner is of audience ORGANIZATION with " in message


def test_questions_about_a_client_and_its_owner() -> None:
    through = "manages_users(client: Client) if manages_users(client.owner);"
    more = 'manages_users(client: Client) if "users.write" in client.scopes;'
    assert broken(policy_with(through), OWNER) == []
    (message,) = broken(policy_with(more), OWNER)
    assert "users.write manages_users." in message
    (message,) = broken(policy_with(through), "never: a Client may manages_users")
    assert message.startswith(f"{FILE}:1:1: `manages_users`: ")


def test_exceptions_after_unless() -> None:
    sentence = "never: a Member of audience DELIVERY views a Service\n    unless {}"
    mine = "g in service.delivery_account.grants and g.user_id = actor.id"
    audience = 'actor.audience = "ORGANIZATION"'
    text = policy_with(f'allow(actor: Member, "view", service: Service) if {OWN} and ({audience} or ({mine}));')
    assert broken(text, sentence.format("g in row.delivery_account.grants and g.user_id = actor.id")) == []
    (message,) = broken(text, sentence.format('row.status = "ACTIVE"'))
    assert "of audience DELIVERY view Service (" in message
    (message,) = broken(text, sentence.format('row.statos = "ACTIVE"'))
    assert message.startswith(f'{NEVER}:2:12: `row.statos = "ACTIVE"`: Service has no statos. Did you mean status?')
    (message,) = broken(text, sentence.format("is_mine(actor, row)"))
    assert message.startswith(f"{NEVER}:2:12: ")


def test_the_words_of_a_sentence() -> None:
    text = """# A comment.
never: a Member of audience DELIVERY, with BILLING_VIEW and without USER_MANAGEMENT may assign a ContractAccount
never: a Client may do anything to a User # another
never: a Staff may assign_permission USER_MANAGEMENT
"""
    prohibitions, diagnostics = parse_prohibitions(text)
    assert diagnostics == ()
    first, second, third = prohibitions
    assert (first.line, first.actors.kind, first.actors.audience) == (2, ActorKind.MEMBER, Audience.DELIVERY)
    assert first.actors.holding == {Permission.BILLING_VIEW}
    assert first.actors.lacking == {Permission.USER_MANAGEMENT}
    assert first.actions == ((ContractAccount, "assign"),)
    assert second.actions == tuple((User, str(action)) for action in ACTIONS[User])
    assert third.capabilities == ((Capability.ASSIGN_PERMISSION, "USER_MANAGEMENT"),)


def test_and_joins_permissions_and_descriptions() -> None:
    (both,), () = parse_prohibitions(
        "never: a Client with BILLING_VIEW and ORDERS_VIEW and without SUPPORT_VIEW and SUPPORT_EDIT views a User"
    )
    assert both.actors.holding == {Permission.BILLING_VIEW, Permission.ORDERS_VIEW}
    assert both.actors.lacking == {Permission.SUPPORT_VIEW, Permission.SUPPORT_EDIT}


def test_a_hash_in_quotes_begins_no_comment() -> None:
    text = r'never: a Member views a Service unless row.name = "a \"#1" or row.code = "#2" # a "comment"'
    (sentence,), () = parse_prohibitions(text)
    assert sentence.unless == r'row.name = "a \"#1" or row.code = "#2"'


def test_a_byte_order_mark_is_named() -> None:
    _, (diagnostic,) = parse_prohibitions(f"\ufeff{BORDER}")
    assert str(diagnostic) == f"{NEVER}:1:1: The file begins with a byte order mark. Save it as UTF-8 without one."


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("never: a Membr views a row", "1:10: `Membr`: There is no kind of actor Membr. Did you mean Member?"),
        ("never: a Member vews a row", "1:17: `vews`: The sentence needs an action here."),
        ("never: a Member views a row of another organisation", "1:29: `of`: The sentence should end here."),
        ("never: a Member of audience DELIVRY views a row", "1:29: `DELIVRY`: There is no audience DELIVRY. Did you"),
        ("never: a Member may asign a ContractAccount", "1:21: `asign`: There is no action asign. Did you mean assign"),
        ("never: a Member may assign a Service", "1:30: `Service`: Service has no action assign."),
        ("never: a Member views", "1:17: `views`: The sentence ends too early."),
        ("nevr: a Member views a row", "1:1: `nevr: a Member views a row`: A sentence begins with `never:`."),
        ("never: a Member views a Service unless", "1:1: `never: a Member views a Service unless`: No cond"),
        ("never: a Staff with BILLING_VIEW views a row", "1:21: `BILLING_VIEW`: Staff have no audience"),
        (
            "never: a Member of audience DELIVERY of audience ORGANIZATION views a row",
            "1:41: `audience`: An audience is named already.",
        ),
        (
            "never: a Member with BILLING_VIEW without BILLING_VIEW views a row",
            "1:43: `BILLING_VIEW`: Nobody is with and without",
        ),
        ("never: a Member views a row unless row.id = actor.id", "1:25: `row`: `unless` needs one action on one type."),
    ],
)
def test_a_misspelt_sentence_has_a_place(sentence: str, message: str) -> None:
    prohibitions, (diagnostic,) = parse_prohibitions(sentence)
    assert prohibitions == ()
    assert str(diagnostic).startswith(f"{NEVER}:{message}")


def test_a_policy_is_loaded_with_what_stands_beside_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("policy")
    (folder / FILE).write_text(POLICY.read_text())
    assert prohibitions_beside(folder / FILE) == ""
    (folder / NEVER).write_text("never: a Membr views a row")
    with pytest.raises(PolicyError, match="There is no kind of actor Membr"):
        load(folder / FILE)
    (folder / NEVER).unlink()
    (folder / NEVER).symlink_to(folder / "missing")
    with pytest.raises(FileNotFoundError):
        load(folder / FILE)
    with pytest.raises(PolicyError, match=r"policies\.never:1:10"):
        check("", FILE, "never: a Membr views a row")
