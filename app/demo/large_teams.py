"""The teams of the limited admins of each organization: users whose access lies within their admin's.

So each admin has somebody to change, to remind, to remove and to restore, and API clients to revoke. Without them, the
access of generated users is so varied that hardly anybody is within reach of an admin whom anything limits.
"""

from dataclasses import dataclass

from models import Audience, Permission

ACCOUNTS = 2
"""How many accounts of each kind a member of a team has, of those of the admin."""


@dataclass(frozen=True)
class TeamMember:
    """A place in a team: the number of the admin among the users, and what the generated user is."""

    leader: int
    state: str
    audience: Audience
    all_contract_accounts: bool
    permissions: tuple[Permission, ...] = (Permission.SITES_SERVICES_VIEW,)


def team(leader: int, audience: Audience, all_contract_accounts: bool) -> tuple[TeamMember, ...]:
    """Returns a team: somebody in each state, the first with API clients, the rest of the audience DELIVERY."""
    developer = Permission.SITES_SERVICES_VIEW, Permission.DEVELOPER_PORTAL
    delivery = leader, Audience.DELIVERY, all_contract_accounts
    return (
        TeamMember(leader, "active", audience, all_contract_accounts, developer),
        *(TeamMember(delivery[0], state, *delivery[1:]) for state in ("pending", "expired", "removed")),
    )
