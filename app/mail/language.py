"""In which language a mail is written: that of the user's country, where the templates have been translated to it.

What a user's country says of their language is a guess. Where something better is known, it goes into the mail's row as
the value `language` and is taken instead.
"""

from resolvers.outbox_queue import DueMail

FALLBACK = "en"
OF_COUNTRY = {"AT": "de", "CH": "de", "DE": "de"}


def language_of(mail: DueMail) -> str:
    """The folder of templates for a mail: a language tag (BCP 47) such as `de`. It need not have every template."""
    known = mail.values.get("language")
    return str(known) if known else OF_COUNTRY.get(mail.country or "", FALLBACK)
