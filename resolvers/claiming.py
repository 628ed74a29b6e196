"""How one of several processes claims work that is due: in two steps, because rows are locked within one organization.

A SELECT without locks says what has waited longest, in whatever organization. The first of it that no other process has
locked is then locked by a statement that names its organization (FOR UPDATE SKIP LOCKED).
"""

from typing import Final

MOST_CLAIMED: Final = 100
"""How much of the work that has waited longest other processes may have claimed before this one finds none."""
