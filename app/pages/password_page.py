"""The pages behind the links of mails, on which a password is set: the first one, or a new one.

Whoever was invited tells on the page of the first one, too, who they are (`app/pages/details_form.py`).

The token comes in the query string, which every mail program and every link scanner leaves as it is, and works without
JavaScript; what that could leak is closed: the page loads nothing foreign, sends no Referer, is kept by no cache, and
query strings are never logged. Opening the link uses nothing up. The form carries the token itself and there are no
cookies, so nobody can send it in another's name (no CSRF).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.backend import Backend
from app.http import errors as http_errors
from app.http import request_id
from app.pages import page
from app.pages.details_form import COUNTRIES, parse_details
from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.one_time_tokens import TokenState, check_link
from resolvers.identity.passwords import reset
from resolvers.mutations.users.activate import activate
from resolvers.transaction.unit_of_work import MutationContext, UnitOfWork, run_in_transaction
from resolvers.validation.person import DETAILS, NewDetails

LARGEST_FORM = 16_384
POLICY = {"style-src": "'self'", "img-src": "'self'", "form-action": "'self'"}

Message = tuple[str, ...]
"""A title, and the lines below it."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a page is for: which tokens it takes, what its form does with token, password and details, and what it says.

    `template` is that of the form, `done_at` the name of the page to which the form leads.
    """

    token: TokenPurpose
    use: Callable[[UnitOfWork, str, str, NewDetails], Awaitable[UUID]]
    template: str
    done_at: str
    expired: Message
    invalid: Message
    done: Message


_FIELDS = (*DETAILS, "password", "repeated")
"""The fields of the form, from the top."""


async def _reset(work: UnitOfWork, token: str, password: str, _told: NewDetails) -> UUID:
    return await reset(work, token, password)


ACTIVATION = Purpose(
    TokenPurpose.ACTIVATION,
    activate,
    "activation.html",
    "activated",
    expired=(
        "This link has expired",
        "A link is good for some days only.",
        "Ask the person who manages users in your organization to send you a new one.",
    ),
    invalid=(
        "This link does not work",
        "It was used already, or a newer one has taken its place, or a part of it is missing.",
        "If you have set your password, just sign in.",
        "Otherwise use the link in the newest mail, copied whole, or ask the person who manages users for a new one.",
    ),
    done=("Your password is set", "You are signed up. From now on you sign in with your email and this password."),
)

PASSWORD_RESET = Purpose(
    TokenPurpose.PASSWORD_RESET,
    _reset,
    "password_reset.html",
    "password-reset",
    expired=(
        "This link has expired",
        "A link is good for a short time only. Your password is what it was before.",
        "Ask for another link where you sign in.",
    ),
    invalid=(
        "This link does not work",
        "It was used already, or a newer one has taken its place, or a part of it is missing.",
        "If you have set your new password, just sign in.",
        "Otherwise use the link in the newest mail, copied whole, or ask for another one where you sign in.",
    ),
    done=(
        "Your new password is set",
        "From now on you sign in with your email and this password. Wherever you were signed in, you are signed out.",
    ),
)


class PasswordPage:
    """The form, and what it does. `home` is the address where people sign in; empty where this server has none."""

    def __init__(self, purpose: Purpose, home: str) -> None:
        self.purpose = purpose
        self.home = home

    async def show(self, request: Request) -> Response:
        """GET with `?token=…`: the form, or why there is none."""
        return await shown(form(self.purpose, writing_of(request), request.query_params.get("token", "")))

    async def submit(self, request: Request) -> Response:
        """POST of the form: sets the password, or says what is wrong with it."""
        return await shown(submitted(self.purpose, request))

    async def done(self, _request: Request) -> Response:
        """GET of where the form leads to, so that reloading sends nothing twice."""
        return message(self.purpose.done, link=self.home)


async def form(
    purpose: Purpose, writing: MutationContext, token: str, sent: Mapping[str, str] | None = None, *problems: Problem
) -> Response:
    """The form for this token, with what was `sent` before, but for the passwords, and what is wrong with it; or why
    there is no form."""
    async with writing.engine.connect() as connection:
        link = await check_link(connection, token, purpose.token)
    if link.state is TokenState.EXPIRED:
        return message(purpose.expired, status=410)
    if link.state is not TokenState.VALID:
        return message(purpose.invalid, status=410)
    details = link.details and {name: (sent or {}).get(name, known) for name, known in link.details.items()}
    return page(
        purpose.template,
        POLICY,
        422 if problems else 200,
        token=token,
        email=link.email,
        details=details,
        countries=COUNTRIES,
        **_mistakes(problems, "password" if details is None else "firstName"),
    )


def _mistakes(problems: Sequence[Problem], first: str) -> dict[str, Any]:
    """What is wrong, as the templates have it: all of it with its field, and by field; and which field comes first."""
    wrong: defaultdict[str, list[str]] = defaultdict(list)
    for problem in sorted(problems, key=lambda problem: _FIELDS.index(_field(problem))):
        wrong[_field(problem)].append(problem.message)
    listed = [(field, message) for field, messages in wrong.items() for message in messages]
    return {"problems": listed, "wrong": wrong, "focus": next(iter(wrong), first)}


def _field(problem: Problem) -> str:
    # What is about no field of the form stands at the one that every form has.
    return next((name for name in problem.path if name in _FIELDS), "password")


async def submitted(purpose: Purpose, request: Request) -> Response:
    """What comes of the form that this request carries."""
    writing = writing_of(request)
    fields = await form_fields(request)
    token, password = fields.get("token", ""), fields.get("password", "")
    told, slips = parse_details(fields)
    # The second time is against slips of a person's fingers; who sends none has made none.
    if password != fields.get("repeated", password):
        slips.append(Problem(ErrorCode.INVALID, "The two passwords differ.", ("input", "repeated")))
    caller = Caller(request_id=request_id.current(), address=request.client.host if request.client else None)
    try:
        await run_in_transaction(writing, caller, lambda work: _unless(slips, purpose.use(work, token, password, told)))
    except MutationRejected as refused:
        codes = {problem.code for problem in refused.problems}
        if ErrorCode.TOKEN_EXPIRED in codes:
            return message(purpose.expired, status=410)
        if ErrorCode.TOKEN_INVALID in codes:
            return message(purpose.invalid, status=410)
        return await form(purpose, writing, token, fields, *refused.problems)
    return RedirectResponse(purpose.done_at, 303, {"cache-control": "no-store"})


async def _unless(slips: Sequence[Problem], change: Awaitable[UUID]) -> UUID:
    """Does `change`, within a unit of work. Raises `MutationRejected` where there are slips already, together with
    all that is
    wrong with the rest."""
    try:
        changed = await change
    except MutationRejected as refused:
        raise MutationRejected([*slips, *refused.problems]) from refused
    if slips:
        raise MutationRejected(slips)
    return changed


def writing_of(request: Request) -> MutationContext:
    """How mutations run in the server that got this request."""
    backend: Backend = request.app.state.backend
    return backend.writing


def message(text: Message, link: str = "", status: int = 200) -> Response:
    """A page that says one thing."""
    title, *lines = text
    return page("message.html", POLICY, status, title=title, lines=lines, link=link)


async def shown(answer: Awaitable[Response]) -> Response:
    """`answer`; a failure becomes a page too, since people read it and not programs."""
    try:
        return await answer
    except http_errors.HttpError as error:
        told = message(("This did not work", error.message), status=error.status)
        told.headers.update(error.headers)
        return told
    except Exception as error:  # noqa: BLE001
        status = http_errors.status_of(http_errors.mask(error))
        advice = "Try again in a minute. Your link is used up only when this site tells you that your password is set."
        return message(("Something went wrong", advice, f"Request {request_id.current()}"), status=status)


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form of at most 16 KiB, each once. Raises HttpError (400, 413) for anything else."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise http_errors.HttpError(413, http_errors.HttpCode.BODY_TOO_LARGE, "The form is too large.")
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=10)
    except (UnicodeError, ValueError):
        raise http_errors.HttpError(400, http_errors.HttpCode.BAD_REQUEST, "The form is not readable.") from None
    return {name: values[0] for name, values in fields.items()}
