"""Passwords are checked and hashed in one place: in the bounded queue, and never within a transaction."""

import ast

import pytest

from resolvers.identity.hashing import HashingInTransaction, hash_password, verify_password
from resolvers.identity.password_strength import password_weakness
from resolvers.transaction.context import MutationContext
from resolvers.transaction.unit_of_work import is_transaction_open, unit_of_work
from tests.support.passwords import VISITOR
from tests.support.source_files import relative, sources, syntax_tree

pytestmark = pytest.mark.invariant("passwords")

ALLOWED = {
    "argon2": {"resolvers/identity/argon2id.py"},
    "zxcvbn": {"resolvers/identity/password_strength.py"},
    "argon2id": {"resolvers/identity/hashing.py"},
    "run_in_queue": {"resolvers/identity/password_strength.py"},
}
"""Slow libraries and the functions around them, with the files that may import them."""


def imports(name: str) -> set[str]:
    """The files that import a module or a function of this name."""
    found = set()
    for path in sources():
        for node in ast.walk(syntax_tree(path)):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if any(name in module.split(".") for module in (*modules, *names)):
                found.add(relative(path))
    return found


@pytest.mark.parametrize("name", ALLOWED)
def test_slow_work_is_begun_in_one_place(name: str) -> None:
    assert imports(name) == ALLOWED[name]


async def test_no_password_is_checked_or_hashed_in_a_transaction(shared: MutationContext) -> None:
    async with unit_of_work(shared, VISITOR):
        assert is_transaction_open()
        for attempt in (
            hash_password("violet ladder humming"),
            verify_password(None, "violet ladder humming"),
            password_weakness("violet ladder humming", ["sam"]),
        ):
            with pytest.raises(HashingInTransaction):
                await attempt
    assert not is_transaction_open()
    assert not await verify_password(None, "violet ladder humming")
