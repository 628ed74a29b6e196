"""A policy has a version, and each of its branches names the rules that it came through."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NoReturn

import pytest
from sqlalchemy import false

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.assignable import Assignable
from authz.compiler.oso_engine import EngineError, OsoEngine
from authz.language.ast import Source
from authz.lint.linter import lint
from authz.model.actions import ACTIONS, Capability
from authz.policy import Policy, version_of
from authz.predicates.nodes import FALSE, show
from models import Audience, ContractAccount, Organization, Permission, Service, User, UserPermission
from tests.support.paths import POLICY
from tests.support.policies.small_policies import FILE, policy_with
from tests.support.worlds.actor_traits import traits_of
from tests.support.worlds.models import PERMISSIONS, example, key
from tests.support.worlds.models import User as Person
from tests.support.worlds.oracle import Oracle

EVERY = frozenset(Permission)
SAM = Traits(ActorKind.MEMBER, Audience.ORGANIZATION, EVERY)


def line_of(text: str) -> int:
    """Returns the line of the rule in the shipped policy that begins with `text`, or follows such a comment."""
    (line,) = (number for number, line in enumerate(POLICY.read_text().splitlines(), 1) if line.startswith(text))
    return line + text.startswith("#")


def test_the_version_is_that_of_the_source(policy: Policy) -> None:
    assert policy.version == version_of(POLICY.read_text())
    assert len(policy.version) == 16
    assert version_of(POLICY.read_text() + "\n") != policy.version
    assert Policy(POLICY.read_text(), "copy.polar") == policy


def test_a_branch_names_the_rules_that_it_came_through(policy: Policy) -> None:
    (branch,) = policy.decision(SAM, "view", ContractAccount).branches
    assert branch.sources == tuple(
        Source("policies.polar", line_of(start))
        for start in (
            'allow(actor: Member, "view", account: ContractAccount)',
            "sees_contract_account",
            "views_sites_and_services",
            "# A list of contract accounts is reached as it stands",
            "was_granted_contract_account",
        )
    )


def test_every_branch_begins_at_an_allow_rule_of_the_action(policy: Policy) -> None:
    lines = POLICY.read_text().splitlines()
    for traits in (SAM, replace(SAM, all_contract_accounts=True), Traits(ActorKind.STAFF)):
        for model, actions in ACTIONS.items():
            for action in actions:
                for branch in policy.decision(traits, action, model).branches:
                    head = lines[branch.sources[0].line - 1]
                    assert head.startswith(f"allow({'_' if traits.kind == ActorKind.STAFF else 'actor'}: {traits.kind}")
                    assert f'"{action}"' in head
                    assert f": {model.__name__})" in head


def test_alternatives_inside_one_rule_name_only_what_they_used() -> None:
    text = policy_with(
        'allow(actor: Member, "view", service: Service) if\n'
        "    service.organization_id = actor.organization_id and (is_open(service) or is_planned(service));\n"
        'is_open(service: Service) if service.status = "ACTIVE";\n'
        'is_planned(service: Service) if service.status = "PLANNED";'
    )
    decision = Policy(text, FILE).decision(SAM, "view", Service)
    assert {show(branch.where): [source.line for source in branch.sources] for branch in decision.branches} == {
        "organization_id = actor.organization_id and status = 'ACTIVE'": [1, 3],
        "organization_id = actor.organization_id and status = 'PLANNED'": [1, 4],
    }
    assert show(decision.where) == "organization_id = actor.organization_id and status in ('ACTIVE', 'PLANNED')"


def test_actors_who_differ_in_unchecked_traits_share_compiled_decisions(policy: Policy) -> None:
    other = replace(SAM, permissions=EVERY - {Permission.ORDERS_VIEW})
    assert policy.decision(SAM, "view", User) is policy.decision(other, "view", User)
    less = replace(SAM, permissions=EVERY - {Permission.USER_MANAGEMENT})
    assert policy.decision(SAM, "view", User) != policy.decision(less, "view", User)


def test_a_rule_that_checks_all_permissions_distinguishes_them() -> None:
    text = policy_with(
        'allow(actor: Member, "view", user: User) if user.organization_id = actor.organization_id and\n'
        "    held in user.permissions and held.permission in actor.permissions;"
    )
    assert lint(text, FILE).allow_dependence.whole_lists == {Permission}
    policy = Policy(text, FILE)
    few = replace(SAM, permissions=frozenset({Permission.ORDERS_VIEW}))
    assert "'ORDERS_VIEW'" in show(policy.decision(few, "view", User).where)
    assert "'BILLING_VIEW'" in show(policy.decision(SAM, "view", User).where)
    assert "'BILLING_VIEW'" not in show(policy.decision(few, "view", User).where)


def test_unknown_names_are_errors(policy: Policy) -> None:
    with pytest.raises(ValueError, match="veiw"):
        policy.decision(SAM, "veiw", Service)
    with pytest.raises(ValueError, match="assign"):
        policy.decision(SAM, "assign", Service)
    with pytest.raises(KeyError):
        policy.decision(SAM, "view", UserPermission)


def test_an_access_is_hashable(policy: Policy) -> None:
    again = Policy(POLICY.read_text(), "copy.polar")
    assert {Access(policy, SAM): 1}[Access(again, replace(SAM))] == 1
    assert Access(policy, SAM) != Access(policy, replace(SAM, all_contract_accounts=True))


@pytest.mark.parametrize("permissions", PERMISSIONS)
@pytest.mark.parametrize("audience", Audience)
def test_an_admin_may_assign_what_the_domain_page_says(
    policy: Policy, audience: Audience, permissions: frozenset[Permission]
) -> None:
    for all_accounts in (False, True):
        person = Person(
            key(1), key(2), "a@b.example", audience, permissions, all_accounts, all_accounts and audience != "DELIVERY"
        )
        assignable = Access(policy, traits_of(person)).assignable
        expected = Oracle(example(), person).assignable()
        if expected is None:
            assert assignable is None
        else:
            audiences, assignable_permissions, contract, delivery = expected
            assert assignable == Assignable(frozenset(audiences), frozenset(assignable_permissions), contract, delivery)


def test_staff_manage_no_users(policy: Policy) -> None:
    staff = Access(policy, Traits(ActorKind.STAFF, permissions=EVERY, all_contract_accounts=True))
    assert staff.assignable is None
    assert not policy.decision(staff.traits, "create_user", Organization).branches


@pytest.mark.parametrize("permissions", PERMISSIONS)
def test_only_staff_create_organizations(policy: Policy, permissions: frozenset[Permission]) -> None:
    for person in (Person(key(1), None, "a@b.example"), Person(key(1), key(2), "a@b.example", permissions=permissions)):
        creates = Access(policy, traits_of(person)).creates_organizations
        assert creates == Oracle(example(), person).creates_organizations() == person.staff


def test_threads_share_a_policy() -> None:
    policy = Policy(POLICY.read_text(), "policies.polar")
    requests = [
        (replace(SAM, all_contract_accounts=all_accounts), model) for all_accounts in (False, True) for model in ACTIONS
    ] * 4
    with ThreadPoolExecutor(8) as threads:
        decisions = list(threads.map(lambda request: policy.decision(request[0], "view", request[1]), requests))
    fresh = Policy(POLICY.read_text(), "policies.polar")
    assert decisions == [fresh.decision(traits, "view", model) for traits, model in requests]


def test_capabilities_have_values(policy: Policy) -> None:
    assert policy.capability_values(SAM, Capability.ASSIGN_PERMISSION) == {
        permission.value for permission in Permission
    }
    assert policy.capability_values(SAM, Capability.ASSIGN_ALL) == frozenset()
    assert policy.capability_values(replace(SAM, all_contract_accounts=True), Capability.ASSIGN_ALL) == {
        "ContractAccount"
    }


def test_an_error_in_the_rules_denies_and_is_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> NoReturn:
        raise EngineError("a condition that passed the checks")

    policy = Policy(f"# A text that no other test has compiled.\n{POLICY.read_text()}", POLICY.name)
    monkeypatch.setattr(OsoEngine, "residuals", fail)
    monkeypatch.setattr(OsoEngine, "holds", fail)
    assert Access(policy, SAM).may("view", Service, Service.__table__) is false()
    assert Access(policy, SAM).assignable is None
    assert policy.errors == 2
    assert caplog.text.count("which is denied") == 2


def test_actors_share_a_decision_if_they_differ_in_nothing_that_its_rules_name(policy: Policy) -> None:
    one = Traits(ActorKind.MEMBER, permissions=frozenset({Permission.BILLING_VIEW}))
    other = Traits(ActorKind.MEMBER, Audience.DELIVERY, frozenset({Permission.SITES_SERVICES_VIEW}), True)
    assert policy.decision(one, "view", Organization) is policy.decision(other, "view", Organization)
    assert policy.decision(one, "view", Service) != policy.decision(other, "view", Service)


def test_no_actors_share_a_decision_of_a_policy_that_the_linter_refuses() -> None:
    unused = "open(actor: Member, service: Service) if service.organization_id = actor.organization_id;"
    rule = (
        'allow(actor: Member, "view", service: Service) if '
        'service.organization_id = actor.organization_id and actor.audience = "DELIVERY";'
    )
    refused = Policy(policy_with(f"{rule}\n{unused}"), FILE)
    for audience in Audience:
        sees = refused.decision(Traits(ActorKind.MEMBER, audience), "view", Service).where != FALSE
        assert sees == (audience is Audience.DELIVERY)
