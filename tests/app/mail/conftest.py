"""The demo data with an empty outbox, and settings of a worker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.mail.settings import MailSettings
from resolvers.transaction.context import MutationContext
from tests.support.resolver_fixtures import SECRET_KEY, loaded_acme, run


@pytest_asyncio.fixture
async def writing(demo_database_url: str) -> AsyncIterator[MutationContext]:
    """The demo world with an empty outbox."""
    async with loaded_acme(demo_database_url) as world:
        await run(world, "DELETE FROM outbox_mails")
        yield world


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    """The settings of a worker that writes files."""
    sender = "Portico <no-reply@portico.example>"
    return MailSettings(SECRET_KEY, "https://portico.example/app", sender, tmp_path / "mail")
