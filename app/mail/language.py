"""Chooses the language of a mail, and of the page behind its link: that of the user's country, if there is a
translation into it.

The country is only a guess at the user's language. The value `language` in the mail's row takes precedence. The link
carries the language, so that the page has that of the mail.
"""

from resolvers.outbox_queue import DueMail

FALLBACK = "en"
OF_COUNTRY = {"AT": "de", "CH": "de", "DE": "de"}


def language_of(mail: DueMail) -> str:
    """The template folder of a mail: a language tag (BCP 47) such as `de`. The folder may lack templates."""
    language = mail.values.get("language")
    return str(language) if language else language_of_country(mail.country)


def language_of_country(country: str | None) -> str:
    """The language for a user in this country (ISO 3166-1), or whose country isn't known."""
    return OF_COUNTRY.get(country or "", FALLBACK)


def link_language(mail: DueMail) -> str | None:
    """The language that the link of a mail names; None if the page has it without, for every state of the link."""
    language = language_of(mail)
    return None if language == language_of_country(mail.country) == FALLBACK else language
