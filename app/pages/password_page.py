"""The pages behind the links in mails, where users set their first password or a new one.

On the page for the first password, invited users also enter their personal details (`app/pages/details_form.py`), and
may make a passkey instead, if their browser supports that. The next page is then the response to the form, without a
redirect: it shows recovery codes, which are stored nowhere.

The token is in the query string, which mail programs and link scanners leave unchanged, and which works without
JavaScript. Nothing can leak it: the page loads nothing from elsewhere, sends no Referer and is never cached, and query
strings are never logged. Its scripts send the token to the API only: with the password that is rated, and for a
passkey. Opening the link doesn't use up the token. The form contains the token and there are no cookies, so nobody can
submit it in a user's name (no CSRF).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth.bearer import caller_of
from app.backend import Backend
from app.documents.page_documents import START_PASSKEY_MUTATION
from app.http import errors as http_errors
from app.http import request_id
from app.http.body import BodyTooLarge, read_body
from app.http.disconnection import watch_disconnection
from app.mail.language import FALLBACK, language_of_country
from app.pages import render_page
from app.pages.details_form import parse_details
from app.pages.password_advice import strength_words
from app.pages.vocabulary import LANGUAGES, countries, translator
from models import TokenPurpose
from resolvers.callers.caller import Caller
from resolvers.errors import ErrorCode, MutationRejected, Problem
from resolvers.identity.one_time_tokens import TokenState, check_link
from resolvers.identity.passwords import REPEATED, reset_password
from resolvers.mutations.single_sign_on.providers import provider_of_email, requires_provider
from resolvers.mutations.users.activate import activate_user
from resolvers.mutations.users.activate_with_passkey import MadePasskey, activate_with_passkey
from resolvers.rate_limits.limiter import RateLimited
from resolvers.transaction.context import MutationContext
from resolvers.validation.person import DETAIL_COLUMNS, NewDetails

MAX_FORM_BYTES = 16_384
MAX_FIELDS = 11
POLICY = {"style-src": "'self'", "img-src": "'self'", "form-action": "'self'"}
FORM_POLICY = {**POLICY, "script-src": "'self'", "connect-src": "'self'"}
"""The form shows the strength of the password, which its script asks the API for. Without a script, it works as well.
"""

Message = tuple[str, ...]
"""A title and the lines below it."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted form, and the problems that the form itself shows."""

    token: str
    password: str
    passkey: str
    details: NewDetails
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a page is for: the purpose of its tokens, the mutation that its form runs, and its texts.

    The mutation returns the recovery codes of a user who has made a passkey, and otherwise None. `template` is that of
    the form, `done_at` the address that a successful submission redirects to.
    """

    token: TokenPurpose
    mutation: Callable[[MutationContext, Caller, Submission], Awaitable[Sequence[str] | None]]
    template: str
    done_at: str
    expired: Message
    invalid: Message
    done: Message


PASSKEY_NAME = "Passkey"
"""What a passkey is called until its user renames it: the word is the same in all languages."""

LANGUAGE = "language"
"""The name of the language in the address and in the form."""

_FIELDS = (*DETAIL_COLUMNS, "credential", "password", "repeated")
"""The fields of the form, in order."""


async def _activate(context: MutationContext, caller: Caller, form: Submission) -> Sequence[str] | None:
    if form.passkey:
        made = MadePasskey(form.passkey, PASSKEY_NAME)
        activated = await activate_with_passkey(context, caller, form.token, made, form.details, problems=form.problems)
        return activated.recovery_codes
    await activate_user(context, caller, form.token, form.password, form.details, problems=form.problems)
    return None


async def _reset(context: MutationContext, caller: Caller, form: Submission) -> None:
    await reset_password(context, caller, form.token, form.password, problems=form.problems)


ACTIVATION = Purpose(
    TokenPurpose.ACTIVATION,
    _activate,
    "activation.html",
    "activated",
    expired=(
        "This link has expired",
        "Activation links are valid for a few days only.",
        "Ask the person who manages users in your organization to send you a new one.",
    ),
    invalid=(
        "This link is invalid or no longer valid",
        "It has already been used, a newer one has replaced it, or part of it is missing.",
        "If you have already set your password, just sign in.",
        "Otherwise use the complete link in the newest email, or ask the person who manages users for a new one.",
    ),
    done=("Your password is set", "Your account is active. From now on, sign in with your email and this password."),
)

PASSKEY_MADE: Message = (
    "Your passkey is ready",
    "Your account is active. From now on, sign in with this passkey.",
)

PASSWORD_RESET = Purpose(
    TokenPurpose.PASSWORD_RESET,
    _reset,
    "password_reset.html",
    "password-reset",
    expired=(
        "This link has expired",
        "Reset links are valid for a short time only. Your password has not changed.",
        "Request another link where you sign in.",
    ),
    invalid=(
        "This link is invalid or no longer valid",
        "It has already been used, a newer one has replaced it, or part of it is missing.",
        "If you have already set your new password, just sign in.",
        "Otherwise use the complete link in the newest email, or request another one where you sign in.",
    ),
    done=(
        "Your new password is set",
        "From now on, sign in with your email and this password. You have been signed out everywhere.",
    ),
)


class PasswordPage:
    """The form, and its submission. `home` is the address where users sign in."""

    def __init__(self, purpose: Purpose, home: str) -> None:
        self.purpose = purpose
        self.home = home

    async def show(self, request: Request) -> Response:
        """GET with `?token=…`: the form, or a message if the token is invalid."""
        fields = {name: request.query_params.get(name, "") for name in ("token", LANGUAGE)}
        return await page_response(form(self.purpose, mutation_context_of(request), fields))

    async def submit(self, request: Request) -> Response:
        """POST of the form: sets the password, or shows the form again with its errors."""
        return await page_response(submit_form(self.purpose, request, self.home))

    async def done(self, request: Request) -> Response:
        """GET of the page after a successful submission, so that reloading it submits nothing twice."""
        return message_page(self.purpose.done, _language(request.query_params), link=self.home)


async def form(
    purpose: Purpose,
    context: MutationContext,
    fields: Mapping[str, str],
    *problems: Problem,
) -> Response:
    """Returns the form for the token in `fields`, or a message if it is invalid. After a failed submission, the form
    contains the submitted `fields`, without the passwords, and the `problems`. The language is that in `fields`, or
    that of the user's country."""
    token = fields.get("token", "")
    async with context.engine.connect() as connection:
        link = await check_link(connection, token, purpose.token)
    language = _language(fields, link.country)
    if link.state is TokenState.EXPIRED:
        return message_page(purpose.expired, language, status=410)
    if link.state is not TokenState.VALID:
        return message_page(purpose.invalid, language, status=410)
    offer = await _provider_offer(context, purpose, link.email or "", token)
    details = link.details and {name: fields.get(name, value) for name, value in link.details.items()}
    return render_page(
        purpose.template,
        FORM_POLICY,
        422 if problems else 200,
        token=token,
        email=link.email,
        details=details,
        countries=countries(language),
        **offer,
        strength_words=strength_words(language, translator(language)),
        passkey_words=_passkey_words(language),
        **_in_language(language),
        **_errors(problems, "password" if details is None else "firstName"),
    )


def _passkey_words(language: str) -> dict[str, str]:
    """The data of the script that makes a passkey: its mutation, and the message if none was made."""
    failed = "No passkey was made. Try again, or set a password."
    return {"query": START_PASSKEY_MUTATION, "failed": translator(language)(failed)}


async def _provider_offer(context: MutationContext, purpose: Purpose, email: str, token: str) -> dict[str, Any]:
    """The values of the template about the provider of the email's domain: where a new user activates there, without a
    password, and whether a password is of use."""
    found = await provider_of_email(context, Caller(), email) if purpose.token is TokenPurpose.ACTIVATION else None
    if found is None:
        return {"provider": None, "password_allowed": True}
    is_required = await requires_provider(context, Caller(), found.tenant_id)
    address = f"console/activate?{urlencode({'token': token, 'email': email})}"
    return {"provider": address, "password_allowed": not is_required}


def _language(fields: Mapping[str, str], country: str | None = None) -> str:
    """The language that the link or the form names, if there is a translation, or that of the country."""
    language = fields.get(LANGUAGE, "")
    return language if language in LANGUAGES else language_of_country(country)


def _in_language(language: str) -> dict[str, Any]:
    """Returns the values of the templates for the language."""
    return {"language": language, "_": translator(language)}


def _errors(problems: Sequence[Problem], first_field: str) -> dict[str, Any]:
    """Returns the values of the templates for errors: all of them with their fields, the messages of each field, and
    the field to focus."""
    messages: defaultdict[str, list[str]] = defaultdict(list)
    for problem in sorted(problems, key=lambda problem: _FIELDS.index(_field(problem))):
        messages[_field(problem)].append(problem.message)
    pairs = [(field, message) for field, texts in messages.items() for message in texts]
    return {"problems": pairs, "wrong": messages, "focus": next(iter(messages), first_field)}


def _field(problem: Problem) -> str:
    # A problem of no field of the form is shown at the field that every form has.
    return next((name for name in problem.path if name in _FIELDS), "password")


async def submit_form(purpose: Purpose, request: Request, home: str) -> Response:
    """Runs the mutation with the submitted form, and returns the response. `home` is where users sign in."""
    context = mutation_context_of(request)
    fields = await read_form(request)
    token, password, language = fields.get("token", ""), fields.get("password", ""), _language(fields)
    details, problems = parse_details(fields)
    passkey = fields.get("credential", "") if purpose.token is TokenPurpose.ACTIVATION else ""
    # Repeating the password catches typing errors. A program may omit the field.
    if not passkey and password != fields.get("repeated", password):
        problems.append(Problem(ErrorCode.INVALID, "The two passwords differ.", REPEATED))
    watch_disconnection(request.scope, request.receive)
    try:
        submission = Submission(token, password, passkey, details, problems)
        recovery_codes = await purpose.mutation(context, caller_of(request.scope, None), submission)
    except RateLimited as limited:
        raise http_errors.HttpError(
            429,
            ErrorCode.RATE_LIMITED,
            f"{limited.problems[0].message} Your link stays valid until it expires.",
            headers={"retry-after": str(limited.seconds)},
        ) from limited
    except MutationRejected as rejection:
        codes = {problem.code for problem in rejection.problems}
        if ErrorCode.TOKEN_EXPIRED in codes:
            return message_page(purpose.expired, language, status=410)
        if ErrorCode.TOKEN_INVALID in codes:
            return message_page(purpose.invalid, language, status=410)
        return await form(purpose, context, fields, *rejection.problems)
    if recovery_codes is not None:
        return message_page(PASSKEY_MADE, language, home, template="passkey_made.html", codes=recovery_codes)
    done_at = purpose.done_at if language == FALLBACK else f"{purpose.done_at}?{LANGUAGE}={language}"
    return RedirectResponse(done_at, 303, {"cache-control": "no-store"})


def mutation_context_of(request: Request) -> MutationContext:
    """Returns the context of mutations in the server that received this request."""
    backend: Backend = request.app.state.backend
    return backend.mutation_context


def message_page(
    text: Message,
    language: str = FALLBACK,
    link: str = "",
    status: int = 200,
    *,
    template: str = "message.html",
    **more: object,
) -> Response:
    """Returns a page with a title and a few lines, and a link to the address where users sign in, if given. Another
    `template` extends that of messages, and shows `more`."""
    title, *lines = text
    values = {"title": title, "lines": lines, "link": link} | more | _in_language(language)
    return render_page(template, POLICY, status, **values)


async def page_response(response: Awaitable[Response]) -> Response:
    """Awaits `response`. Turns an error into a page too, because people read it and not programs."""
    try:
        return await response
    except http_errors.HttpError as error:
        error_page = message_page(("There is a problem", error.message), status=error.status)
        error_page.headers.update(error.headers)
        return error_page
    except Exception as error:  # noqa: BLE001
        status = http_errors.status_of(http_errors.mask(error))
        advice = "Try again in a minute. Your link stays valid until this site confirms that your password is set."
        page = message_page(("Something went wrong", advice, f"Request {request_id.current()}"), status=status)
        if status == 503:
            page.headers.update(http_errors.BUSY_HEADERS)
        return page


async def read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a form of at most 16 KiB, each once. Raises HttpError (400, 413) for anything else."""
    try:
        body = await read_body(request.receive, MAX_FORM_BYTES)
    except BodyTooLarge:
        raise http_errors.HttpError(413, http_errors.HttpCode.BODY_TOO_LARGE, "The form is too large.") from None
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except (UnicodeError, ValueError):
        raise http_errors.HttpError(400, http_errors.HttpCode.BAD_REQUEST, "The form can't be read.") from None
    return {name: values[0] for name, values in fields.items()}
