"""Mail, and the work in the background."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings

from app.settings.declare import variable
from app.settings.values import KeptFor, sender, smtp_address


class OutgoingMailSettings(BaseSettings):
    """Mail, and the work in the background."""

    smtp_url: Annotated[SecretStr, AfterValidator(smtp_address)] | None = variable(
        "SMTP_URL",
        None,
        "The mail server: smtp:// (STARTTLS if offered) or smtps://. If unset, mails are written as files.",
    )
    mail_from: Annotated[str, AfterValidator(sender)] = variable(
        "PORTICO_MAIL_FROM", "Portico <portico@portico.example>", "The sender of mails."
    )
    mail_worker: bool = variable(
        "PORTICO_MAIL_WORKER", True, "Whether the server sends mail, records access reviews and looks after access too."
    )
    mail_retention: KeptFor | None = variable(
        "PORTICO_MAIL_RETENTION", None, "How long mails are kept once sent or given up, a day or more. Unset: forever."
    )
