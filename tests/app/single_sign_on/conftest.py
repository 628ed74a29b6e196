"""A server with the demo data, and a provider of ACME, for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.openid import provider_http
from tests.support.openid.portal import SETTINGS, Names, set_up, use_names
from tests.support.openid.scripted_provider import ScriptedProvider, scripted_provider
from tests.support.server import Client, serving


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider on a busy machine may take longer than a person would wait."""
    monkeypatch.setattr(provider_http, "SECONDS", 60.0)


@pytest_asyncio.fixture
async def server(demo_database_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    async with serving(demo_database_url, tmp_path, **SETTINGS) as opened:
        yield opened


@pytest_asyncio.fixture
async def names(server: Client) -> Names:
    return use_names(server)


@pytest_asyncio.fixture
async def provider(server: Client, names: Names) -> AsyncIterator[ScriptedProvider]:
    """ACME's, for emails of acme.example."""
    async with scripted_provider() as opened:
        await set_up(server, opened, names)
        yield opened
