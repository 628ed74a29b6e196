"""What stands for a person whose data was erased."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """Derived from the user's id alone, so it is always the same, and tells nothing about the person."""

    user_id: UUID

    @property
    def first_name(self) -> str:
        """In the place of the first name."""
        return "Erased"

    @property
    def last_name(self) -> str:
        """In the place of the last name."""
        return f"user {self.user_id.hex[-4:]}"

    @property
    def name(self) -> str:
        """In the place of the full name: `Erased user 3f2a`."""
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        """In the place of the email; nothing can be sent there (RFC 2606, section 2)."""
        return f"erased-{self.user_id.hex}@erased.invalid"
