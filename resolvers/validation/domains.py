"""Domains of emails, in the form in which the DNS has them."""

from email_validator import EmailNotValidError, validate_email


def ascii_domain(text: str) -> str | None:
    """A domain in lower case, international labels encoded (IDNA, RFC 5891); None if it can't be that of an email."""
    try:
        found = validate_email(f"a@{text.strip().rstrip('.')}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        return None
    return found.lower() if found and len(found) <= 253 else None


def domain_of(email: str) -> str | None:
    """The same of an email; None if it has none."""
    _, at, domain = email.rpartition("@")
    return ascii_domain(domain) if at else None
