"""Creating one user, of whom the admin knows the name."""

from dataclasses import dataclass
from uuid import UUID

from models import AuditKind, UserKind
from resolvers.access.account_access import AccountAccess
from resolvers.access.assignability import access_problems
from resolvers.errors import MutationRejected, Problem
from resolvers.mutations.users.insert import add, email_taken, require_creator, taken_among
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import NewDetails, detail_problems, email_problems, is_email


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be made. The email is in lower case, the phone in E.164, the country in ISO 3166-1 alpha-2."""

    email: str
    first_name: str
    last_name: str
    access: AccountAccess
    kind: UserKind = UserKind.PERSONAL
    phone: str | None = None
    country: str | None = None

    @property
    def details(self) -> NewDetails:
        """What is known of the person."""
        return NewDetails(
            kind=self.kind,
            first_name=self.first_name,
            last_name=self.last_name,
            phone=self.phone,
            country=self.country,
        )


async def create(work: UnitOfWork, new_user: NewUser) -> UUID:
    """Make a pending user in the caller's organization and send the activation mail; returns the user's id.

    Raises `MutationRejected` with everything that is wrong: FORBIDDEN (alone) for those who manage no users, INVALID,
    EMAIL_TAKEN, NOT_ASSIGNABLE; RATE_LIMITED (alone) after too many refusals.
    """
    creator = await require_creator(work)
    with work.writing.limits.create_user(creator.actor.id):
        problems = [
            *await problems_of(work, new_user),
            *await access_problems(work, creator.actor, creator.access, new_user.access),
        ]
        if problems:
            raise MutationRejected(problems)
        people = {new_user.email: new_user.details}
        made = await add(work, creator, new_user.access, people, AuditKind.USER_CREATED)
        if not made:
            raise MutationRejected(email_taken("email"))
        return made[new_user.email]


async def problems_of(work: UnitOfWork, new_user: NewUser) -> list[Problem]:
    """What is wrong with who a new user is, whoever makes them: INVALID, EMAIL_TAKEN."""
    return [
        *email_problems(new_user.email),
        *detail_problems(new_user.details),
        *await _email_taken(work, new_user.email),
    ]


async def _email_taken(work: UnitOfWork, email: str) -> list[Problem]:
    return [email_taken("email")] if is_email(email) and await taken_among(work, [email]) else []
