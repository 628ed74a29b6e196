"""A policy under which admins who see only a part of the organization get its events."""

from functools import cache
from pathlib import Path

from authz import policy
from tests.support.paths import POLICY

_RULE = """allow(actor: Member, "{}", organization: Organization) if
    manages_whole_organization(actor) and"""


@cache
def every_admin_may(folder: Path) -> policy.Policy:
    """The shipped policy, but with webhooks and the feed of events for every admin. `folder` is for its file."""
    text = POLICY.read_text()
    for action in ("change_settings", "read_events"):
        rule = _RULE.format(action)
        assert rule in text
        text = text.replace(rule, rule.replace("manages_whole_organization", "manages_users"))
    file = folder / "every_admin_may.polar"
    file.write_text(text)
    return policy.load(file)
