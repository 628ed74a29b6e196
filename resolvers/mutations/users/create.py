"""Creates one user, whose name the admin knows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from models import AuditKind, UserKind
from resolvers.access.account_access import AccountAccess
from resolvers.access.templates import TemplateId, access_problems_with, resolve_template
from resolvers.errors import MutationRejected, Problem, beside
from resolvers.identity.step_up import require_recent_proof
from resolvers.mutations.users.insert import add_users, email_taken_problem, require_creator
from resolvers.transaction.unit_of_work import UnitOfWork
from resolvers.validation.person import NewDetails, detail_problems, email_problems

EMAIL: Final = ("input", "email")


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be created. The email is in lower case, the phone in E.164, the country in ISO 3166-1 alpha-2.

    `malformed` are the problems of values that are none of this, in place of which there is no valid value. With a
    `template`, only the ends in `access` count.
    """

    email: str
    first_name: str
    last_name: str
    access: AccountAccess
    kind: UserKind = UserKind.PERSONAL
    phone: str | None = None
    country: str | None = None
    malformed: Sequence[Problem] = ()
    template: TemplateId | None = None

    @property
    def details(self) -> NewDetails:
        """The details of the person."""
        return NewDetails(
            kind=self.kind,
            first_name=self.first_name,
            last_name=self.last_name,
            phone=self.phone,
            country=self.country,
        )


async def create_user(work: UnitOfWork, new_user: NewUser) -> UUID:
    """Create a pending user in the caller's organization and send the activation mail. Returns the user's id.

    Raises `MutationRejected` with all problems: FORBIDDEN (alone) if the caller may not create users,
    REAUTHENTICATION_REQUIRED (alone), INVALID, EMAIL_TAKEN, NOT_ASSIGNABLE; RATE_LIMITED (alone) after too many
    rejections or mails.
    """
    template, access = await resolve_template(work, new_user.template, new_user.access)
    creator = await require_creator(work, [new_user.email], access)
    require_recent_proof(work, creator.actor)
    found = [
        *new_user_problems(new_user, creator.taken_emails),
        *access_problems_with(template, creator.access, creator.facts, access),
    ]
    problems = beside(new_user.malformed, found)
    mails = work.mail_batch([] if problems else [(new_user.email, EMAIL)])
    async with work.context.limits.create_user(creator.actor.id, EMAIL, mails) as counted:
        if problems:
            raise MutationRejected(problems)
        details = {new_user.email: new_user.details}
        user_ids = await add_users(
            work,
            creator,
            access,
            details,
            AuditKind.USER_CREATED,
            path_of=lambda _: EMAIL,
            mails=counted,
            template_id=None if template is None else template.id,
        )
        if not user_ids:
            raise MutationRejected(email_taken_problem("email"))
        return user_ids[new_user.email]


def new_user_problems(new_user: NewUser, taken_emails: Collection[str]) -> list[Problem]:
    """The problems of the email and details of a new user, whoever creates them: INVALID, EMAIL_TAKEN."""
    return [
        *email_problems(new_user.email),
        *detail_problems(new_user.details),
        *([email_taken_problem("email")] if new_user.email in taken_emails else ()),
    ]
