"""The shipped policy with two rules narrowed. One text for several tests: a check of a new text takes seconds."""

from tests.support.paths import POLICY

SHIPPED = POLICY.read_text()
_VIEW_SERVICE = """allow(actor: Member, "view", service: Service) if
    views_sites_and_services(actor) and"""
_REMOVE_USER = 'allow(actor: Member, "remove", user: User) if'

NARROWER = SHIPPED.replace(_VIEW_SERVICE, f'{_VIEW_SERVICE}\n    service.code != "SVC-000001" and').replace(
    _REMOVE_USER, f'{_REMOVE_USER}\n    user.kind = "GROUP" and'
)
"""Members don't see SVC-000001, and remove no user but those of the kind GROUP."""
assert NARROWER.count("\n") == SHIPPED.count("\n") + 2
