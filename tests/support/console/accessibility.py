"""Runs axe on a page.

axe runs in an isolated world, as a browser's extension does: the content security policy of the page allows no foreign
script, and is to stay in force.
"""

import json
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.paths import ROOT

AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"

RUN = """axe.run(document, {resultTypes: ['violations']}).then(({violations}) => JSON.stringify(
  violations.flatMap(({id, impact, nodes}) =>
    nodes.map(({target, failureSummary}) => `${id} (${impact}): ${target} ${failureSummary}`))
))"""


@cache
def _axe() -> str:
    assert AXE.is_file(), "axe isn't installed: run 'make test-console-unit'."
    return AXE.read_text()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is now."""
    session = page.context.new_cdp_session(page)
    try:
        session.send("Page.enable")
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
        _evaluate(session, world, _axe())
        found: list[str] = json.loads(_evaluate(session, world, RUN))
        return found
    finally:
        session.detach()


def _evaluate(session: Any, world: int, expression: str) -> Any:
    options = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
    answer = session.send("Runtime.evaluate", options)
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")
