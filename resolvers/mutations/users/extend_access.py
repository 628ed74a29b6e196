"""One change of the access of many users: later ends of what ends."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from authz.access import Access
from models import Audience
from resolvers.access.account_access import AccountAccess, GrantEnd
from resolvers.access.expiry import AssignmentFacts
from resolvers.errors import Problem, invalid
from resolvers.mutations.users.access_edit import PAST, kept_template


@dataclass(frozen=True, slots=True)
class LaterEnds:
    """Moves the ends of all grants that end before `until` to that time. Grants that have ended stay ended."""

    until: datetime

    @property
    def named(self) -> AccountAccess:
        """As `Edit.named`."""
        return AccountAccess(Audience.ORGANIZATION)

    def after(self, before: AccountAccess) -> AccountAccess:
        """As `Edit.after`."""
        return replace(
            before,
            permission_ends=tuple(map(self._extended, before.permission_ends)),
            account_ends=tuple(map(self._extended, before.account_ends)),
        )

    def _extended(self, end: GrantEnd) -> GrantEnd:
        return replace(end, ends_at=max(end.ends_at, self.until))

    def problems(self, access: Access, facts: AssignmentFacts) -> list[Problem]:
        """As `Edit.problems`."""
        del access
        is_past = self.until <= facts.now
        return [invalid(PAST, "input", "until")] if is_past else []

    def problems_of(self, before: AccountAccess) -> list[Problem]:
        """As `Edit.problems_of`."""
        del before
        return []

    def template_of(self, template_id: UUID | None, before: AccountAccess, after: AccountAccess) -> UUID | None:
        """As `Edit.template_of`."""
        return kept_template(template_id, before, after)
