"""Pages of a browser that keep what went wrong in them, so that a test fails by it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

REPORT: Final = "securitypolicyviolation"

LISTEN: Final = f"""addEventListener('{REPORT}', (event) =>
  console.error('{REPORT}', event.violatedDirective, event.blockedURI, event.sample, event.lineNumber))"""

WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}


class Visitor:
    """One person's browser. `failures` are errors of scripts, errors in the console, and reports of the content
    security policy, in all of its pages."""

    def __init__(self, browser: Browser, address: str, *, locale: str = "en-GB", java_script: bool = True) -> None:
        self.failures: list[str] = []
        self.expected: list[str] = []
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            locale=locale,
            viewport=WIDE,
            reduced_motion="reduce",
            java_script_enabled=java_script,
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(LISTEN)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.failures.append(f"error: {error.error}"))

    def new_page(self) -> Page:
        """Opens another tab."""
        return self.context.new_page()

    def expect_error(self, pattern: str) -> None:
        """Says that errors which contain `pattern`, a regular expression, are part of the test: a browser writes each
        response that is an error to its console."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        """The failures so far that the test did not announce."""
        return [text for text in self.failures if not any(re.search(known, text) for known in self.expected)]

    def picture(self, path: Path) -> None:
        """Saves a picture of the newest page."""
        for page in self.context.pages[-1:]:
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path, full_page=True)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.failures.append(f"console: {message.text}")


OpenVisitor = Callable[..., Visitor]
