"""Checks of the mail server: it is reached, takes the password, and protects it."""

from app.cli.doctor.result import CheckResult, fail, ok, warn
from app.mail.smtp import SmtpTransport, parse_smtp_url
from app.mail.transport import NotDelivered
from app.settings import Settings

NAME = "mail server"
SECONDS = 10.0


async def check_mail_server(settings: Settings) -> list[CheckResult]:
    """Connect and sign in as for a mail. None is sent."""
    if settings.smtp_url is None:
        message = f"SMTP_URL isn't set: mails become files in {settings.data_dir / 'mail'}."
        if settings.is_https():
            return [warn(NAME, message, "Set SMTP_URL, or nobody gets the mails.")]
        return [ok(NAME, message)]
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    place = f"{server.host}, port {server.port}"
    try:
        encrypted = await SmtpTransport(server, SECONDS).check()
    except NotDelivered as error:
        return [
            fail(NAME, f"{place}: {error}", "Check SMTP_URL, and that this machine may connect to the mail server.")
        ]
    if not encrypted and not server.is_local:
        remedy = "Use smtps://, or ?starttls=required, if the server supports it."
        return [warn(NAME, f"{place} is used without TLS, so links in mails can be read on the way.", remedy)]
    return [ok(NAME, f"{place} {'with' if encrypted else 'without'} TLS")]
