"""Single sign-on at OpenID providers. Those of organizations are configured by their admins."""

from typing import Annotated, Self

from pydantic import AfterValidator, SecretStr, model_validator
from pydantic_settings import BaseSettings

from app.settings.declare import variable
from app.settings.values import sign_in_domains, web_pages


class SingleSignOnSettings(BaseSettings):
    """Single sign-on at OpenID providers. Those of organizations are configured by their admins."""

    sign_in_pages: Annotated[str, AfterValidator(web_pages)] = variable(
        "PORTICO_SIGN_IN_PAGES",
        "",
        "The URLs of other pages than the console's at which a sign-in at a provider may end, separated by commas.",
    )
    staff_issuer: str | None = variable(
        "PORTICO_STAFF_ISSUER", None, "The issuer of the OpenID provider where staff sign in. Unset: by password."
    )
    staff_client_id: str | None = variable("PORTICO_STAFF_CLIENT_ID", None, "The client id of Portico there.")
    staff_client_secret: SecretStr | None = variable("PORTICO_STAFF_CLIENT_SECRET", None, "Its client secret.")
    staff_domains: Annotated[str, AfterValidator(sign_in_domains)] = variable(
        "PORTICO_STAFF_DOMAINS", "", "The domains of staff's email addresses, separated by commas."
    )
    staff_required: bool = variable(
        "PORTICO_STAFF_REQUIRED", False, "Whether staff can sign in there only, and not by password."
    )

    @model_validator(mode="after")
    def _staff_provider_is_complete(self) -> Self:
        given = [self.staff_issuer, self.staff_client_id, self.staff_client_secret, self.staff_domains or None]
        if any(given) and not all(given):
            raise ValueError(
                "PORTICO_STAFF_ISSUER, PORTICO_STAFF_CLIENT_ID, PORTICO_STAFF_CLIENT_SECRET and PORTICO_STAFF_DOMAINS "
                "belong together: set all or none"
            )
        return self

    def return_pages(self) -> list[str]:
        """The URLs of `sign_in_pages`."""
        return [page.strip() for page in self.sign_in_pages.split(",") if page.strip()]

    def staff_sign_in_domains(self) -> frozenset[str]:
        """The domains of `staff_domains`."""
        return frozenset(domain.strip() for domain in self.staff_domains.split(",") if domain.strip())
