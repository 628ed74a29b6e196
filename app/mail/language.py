"""Chooses the language of a mail: that of the user's country, if the templates are translated into it.

The country is only a guess at the user's language. The value `language` in the mail's row takes precedence.
"""

from resolvers.outbox_queue import DueMail

FALLBACK = "en"
OF_COUNTRY = {"AT": "de", "CH": "de", "DE": "de"}


def language_of(mail: DueMail) -> str:
    """The template folder of a mail: a language tag (BCP 47) such as `de`. The folder may lack templates."""
    language = mail.values.get("language")
    return str(language) if language else OF_COUNTRY.get(mail.country or "", FALLBACK)
