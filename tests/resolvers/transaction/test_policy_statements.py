"""A statement with conditions of the policy is built once per policy and traits, and always records its decisions."""

import gc
import weakref
from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Select, select

from authz.access import Access
from authz.actor import ActorKind, Traits
from authz.recording import RecordingAccess
from models import ContractAccount, Permission
from resolvers.transaction import policy_statements
from resolvers.transaction.policy_statements import PolicyStatements
from tests.support.resolver_fixtures import rules

LIMITED = Traits(ActorKind.MEMBER, permissions=frozenset(Permission))
UNLIMITED = replace(LIMITED, all_contract_accounts=True)
built: list[Access] = []


def accounts(access: Access) -> Select[Any]:
    built.append(access)
    row = ContractAccount.__table__.alias()
    return select(row.c.id).where(access.may("assign", ContractAccount, row))


def test_it_is_built_once_per_traits_and_records_each_time() -> None:
    statements, policy = PolicyStatements(), rules()
    built.clear()
    texts = []
    for traits in (LIMITED, UNLIMITED, LIMITED):
        access = RecordingAccess(policy, traits)
        texts.append(statements.get(access, accounts).sql)
        assert ("assign", ContractAccount) in access.recorded
    assert len(built) == 2
    assert texts[0] == texts[2] != texts[1]


def test_another_policy_has_statements_of_its_own() -> None:
    statements = PolicyStatements()
    built.clear()
    for version in ("one", "two", "one"):
        policy = copy(rules())
        policy.version = version
        statements.get(Access(policy, LIMITED), accounts)
    assert len(built) == 2


def test_a_former_policy_is_not_kept_alive() -> None:
    """A server may reload its policy any number of times."""
    statements, former = PolicyStatements(), copy(rules())
    statements.get(RecordingAccess(former, LIMITED), accounts)
    built.clear()
    is_alive = weakref.ref(former)
    del former
    gc.collect()
    assert is_alive() is None


def test_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_statements, "ENTRIES", 1)
    statements, policy = PolicyStatements(), rules()
    built.clear()
    for traits in (LIMITED, UNLIMITED, LIMITED):
        statements.get(Access(policy, traits), accounts)
    assert len(built) == 3
