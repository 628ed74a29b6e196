"""The process that lints sources: a JSON line in, a JSON line out, until the input ends."""

import json
import sys

from app.policy_playground.limits import LINT_SECONDS, limit_next_work, limit_this_process, shortened
from authz.language.diagnostics import as_json
from authz.lint.linter import lint


def main() -> None:
    """Answers each request with the findings."""
    limit_this_process(None)
    for line in sys.stdin:
        limit_next_work(LINT_SECONDS)
        request = json.loads(line)
        findings = lint(request["source"], request["file"]).diagnostics
        limit_next_work(0)
        sys.stdout.write(as_json(shortened(findings)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
