"""The mutations about the provider of an organization and its domains."""

from typing import Annotated, Any, Final

import strawberry

import models
from resolvers.access.templates import TemplateId
from resolvers.mutations.single_sign_on import configure, domains
from resolvers.mutations.single_sign_on.configure import CLIENT_ID_MAX, ISSUER_MAX, SECRET_MAX, NewProvider
from resolvers.public_id import key
from schema.declare.fields import changed, gql_type
from schema.declare.inputs import given_values, gql_input, id_of
from schema.execution.read_payload import Info, PayloadData
from schema.mutations.payload import MutationError, errors_field, read_changed, run_mutation
from schema.types.references import OneOrganization

_COLUMNS: Final = {
    "issuer": "issuer",
    "client_id": "client_id",
    "client_secret": "client_secret",
    "required": "is_required",
}


@gql_input
class ConfigureSingleSignOnInput:
    """Input for `configureSingleSignOn`. Omitted fields stay unchanged."""

    organization: strawberry.ID = strawberry.field(description="The id of the organization.")
    issuer: str | None = strawberry.field(
        description="The issuer identifier of the OpenID provider, exactly as it publishes it: an https URL of at most "
        f"{ISSUER_MAX} characters. Must not be null.",
        default=strawberry.UNSET,
    )
    client_id: str | None = strawberry.field(
        description=f"The `client_id` that the provider gave, at most {CLIENT_ID_MAX} characters. Must not be null.",
        default=strawberry.UNSET,
    )
    client_secret: str | None = strawberry.field(
        description=f"The `client_secret` that the provider gave, at most {SECRET_MAX:,} characters. It is never "
        "returned. Must not be null.",
        default=strawberry.UNSET,
    )
    required: bool | None = strawberry.field(
        description="Whether users can sign in at the provider only. Requires that somebody has done so, and a "
        "`breakGlassUser`. Must not be null.",
        default=strawberry.UNSET,
    )
    break_glass_user: strawberry.ID | None = id_of(
        models.User,
        "The id of an active admin who may change these settings, has a password, and can sign in with it although "
        "single sign-on is required. Null for nobody.",
        default=strawberry.UNSET,
    )
    new_user_template: strawberry.ID | None = id_of(
        models.AccessTemplate,
        "The id of the access template with which people become users by signing in, if their email is verified and of "
        "a verified domain. They are created in your name. Null if nobody does.",
        default=strawberry.UNSET,
    )


@gql_input
class RemoveSingleSignOnInput:
    """Input for `removeSingleSignOn`."""

    organization: strawberry.ID = strawberry.field(description="The id of the organization.")


@gql_input
class AddSignInDomainInput:
    """Input for `addSignInDomain`."""

    organization: strawberry.ID = strawberry.field(description="The id of the organization.")
    domain: str = strawberry.field(description="The domain of email addresses, such as `acme.example`.")


@gql_input
class VerifySignInDomainInput:
    """Input for `verifySignInDomain`."""

    id: strawberry.ID = id_of(models.SignInDomain, "The id of the domain.")


@gql_input
class RemoveSignInDomainInput:
    """Input for `removeSignInDomain`."""

    id: strawberry.ID = id_of(models.SignInDomain, "The id of the domain.")


@gql_type
class ConfigureSingleSignOnPayload:
    """The organization with its provider, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveSingleSignOnPayload:
    """The organization without a provider, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class AddSignInDomainPayload:
    """The organization with its domains, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class VerifySignInDomainPayload:
    """The organization with its domains, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


@gql_type
class RemoveSignInDomainPayload:
    """The organization with its domains, or the errors."""

    data: strawberry.Private[PayloadData]
    organization: OneOrganization | None = changed("The organization. Null if the mutation failed.")
    errors: list[MutationError] = errors_field()


async def configure_single_sign_on(
    info: Info,
    input: Annotated[ConfigureSingleSignOnInput, strawberry.argument(description="The organization and its provider.")],
) -> ConfigureSingleSignOnPayload:
    """Resolves `configureSingleSignOn`. The payload is read as the caller."""
    context, organization = info.context.context, key(input.organization, models.Organization)
    change = configure.configure_single_sign_on(context.writing, context.caller, organization, _new(input))
    data, errors = await read_changed(info, change)
    return ConfigureSingleSignOnPayload(data=data, errors=errors)


def _new(input_: ConfigureSingleSignOnInput) -> NewProvider:
    given = given_values(input_)
    new: Any = {column: given[name] for name, column in _COLUMNS.items() if name in given}
    for name, target, model in (
        ("break_glass_user", "break_glass_user", models.User),
        ("new_user_template", "template", models.AccessTemplate),
    ):
        if name in given:
            new[target] = None if given[name] is None else TemplateId(key(given[name], model))
    result: NewProvider = new
    return result


async def remove_single_sign_on(
    info: Info, input: Annotated[RemoveSingleSignOnInput, strawberry.argument(description="The organization.")]
) -> RemoveSingleSignOnPayload:
    """Resolves `removeSingleSignOn`. The payload is read as the caller."""
    organization = key(input.organization, models.Organization)
    data, errors = await run_mutation(info, lambda work: configure.remove_single_sign_on(work, organization))
    return RemoveSingleSignOnPayload(data=data, errors=errors)


async def add_sign_in_domain(
    info: Info,
    input: Annotated[AddSignInDomainInput, strawberry.argument(description="The organization and the domain.")],
) -> AddSignInDomainPayload:
    """Resolves `addSignInDomain`. The payload is read as the caller."""
    organization = key(input.organization, models.Organization)
    data, errors = await run_mutation(info, lambda work: domains.add_sign_in_domain(work, organization, input.domain))
    return AddSignInDomainPayload(data=data, errors=errors)


async def verify_sign_in_domain(
    info: Info, input: Annotated[VerifySignInDomainInput, strawberry.argument(description="The domain.")]
) -> VerifySignInDomainPayload:
    """Resolves `verifySignInDomain`. The payload is read as the caller."""
    context, domain = info.context.context, key(input.id, models.SignInDomain)
    data, errors = await read_changed(info, domains.verify_sign_in_domain(context.writing, context.caller, domain))
    return VerifySignInDomainPayload(data=data, errors=errors)


async def remove_sign_in_domain(
    info: Info, input: Annotated[RemoveSignInDomainInput, strawberry.argument(description="The domain.")]
) -> RemoveSignInDomainPayload:
    """Resolves `removeSignInDomain`. The payload is read as the caller."""
    domain = key(input.id, models.SignInDomain)
    data, errors = await run_mutation(info, lambda work: domains.remove_sign_in_domain(work, domain))
    return RemoveSignInDomainPayload(data=data, errors=errors)
