"""Finds the Chromium that the tests of the console run."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

VARIABLE = "PORTICO_CHROMIUM"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")

MISSING = (
    "No Chromium was found. Install it (Debian: 'apt-get install chromium'; elsewhere: 'playwright install chromium'), "
    f"or set {VARIABLE} to its executable."
)


class ChromiumMissing(Exception):
    """There is no Chromium on this machine. The message says what helps."""


def find_chromium(playwrights_own: Path) -> Path:
    """Returns the executable that `PORTICO_CHROMIUM` names, Playwright's own, or the system's.

    Raises ChromiumMissing.
    """
    given = os.environ.get(VARIABLE)
    if given:
        found = shutil.which(given)
        if found is None:
            raise ChromiumMissing(f"{VARIABLE} is {given}, which is no executable file.")
        return Path(found)
    if playwrights_own.is_file():
        return playwrights_own
    for name in SYSTEM_NAMES:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise ChromiumMissing(MISSING)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Runs a browser without a window. Raises ChromiumMissing."""
    with sync_playwright() as playwright:
        executable = find_chromium(Path(playwright.chromium.executable_path))
        # Chromium's sandbox refuses to run as root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
