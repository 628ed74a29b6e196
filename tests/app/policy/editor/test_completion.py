"""Which words may stand at a place of a policy that is being written."""

import pytest

from app.policy.editor.completion import Kind, complete
from authz.model.actions import ACTIONS, CAPABILITIES
from models import Permission, Scope, ServiceStatus, User

HEAD = 'allow(actor: Member, "view", user: User) if\n    '
EARLIER = "is_admin(actor: Member) if\n    actor.all_contract_accounts;\n\n"


def words(text: str) -> set[str]:
    return {word.text for word in complete(text, len(text))}


@pytest.mark.parametrize(
    ("typed", "some"),
    [
        (f"{HEAD}user.", {"organization_id", "permissions", "within_reach_of_actor", "organization"}),
        (f"{HEAD}user.organization.na", {"name", "services"}),
        (f"{HEAD}actor.", {"id", "audience", "permissions"}),
        ('allow(client: Client, "view", user: User) if\n    client.owner.', {"audience", "permissions"}),
        (f"{HEAD}grant in user.contract_grants and\n    grant.contract_account.", {"vat_number", "grants"}),
        (f'{HEAD}"', {*Permission, *Scope, *ServiceStatus}),
        ('allow(actor: Member, "', {action.value for action in ACTIONS[User]}),
        ('assign_permission(actor: Member, "', set(Permission)),
        (
            f"{HEAD}user.present and\n\n    # grants; of the actor\n    grant in user.contract_grants and grant.",
            {"user_id"},
        ),
        (f"is_admin(actor: Staff) if\n    actor\n\n{HEAD}user.", {"email"}),
        ("allow(actor: ", {"Member", "Staff", "Client", "Service", "String"}),
        ("a", {"allow", *CAPABILITIES}),
        (f"{EARLIER}{HEAD}", {"actor", "user", "is_admin", "and", "not", "nil"}),
    ],
)
def test_the_vocabulary_is_offered(typed: str, some: set[str]) -> None:
    assert {str(word) for word in some} <= words(typed)


def test_nothing_else_is_offered() -> None:
    assert words(f"{HEAD}user.name.") == words(f"{HEAD}nobody.") == set()
    assert words(f"{HEAD}# user.") == set()
    assert words('assign_audience(actor: Member, "') == {"ORGANIZATION", "DELIVERY"}
    assert "email" not in words(f"{HEAD}actor.")
    assert "contract_grants" in words(f'{HEAD}user.name = "# no comment" and user.')


def test_each_word_says_what_it_is() -> None:
    text = f"{HEAD}user."
    found = {word.text: word for word in complete(text, len(text))}
    assert (found["email"].detail, found["organization"].detail) == ("str", "one Organization")
    assert (found["phone"].detail, found["permissions"].detail) == ("str, may be nil", "some UserPermission")
    assert (found["present"].detail, found["present"].kind) == ("flag", Kind.ATTRIBUTE)
