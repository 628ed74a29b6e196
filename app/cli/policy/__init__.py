"""`portico policy`: one module per command.

Each prints a table for people, or JSON with `--json`. Exit codes: 0 success, 1 a negative result or a failure, 2 wrong
usage, 3 (`diff`, `shadow`, `replay`) something changes. Imports: app.cli's shared modules, resolvers.policy_analysis,
authz.
"""

from typing import ClassVar

import typer

from app.cli.lazy_group import LazyGroup


class PolicyVerbs(LazyGroup):
    """What can stand behind `portico policy`."""

    verbs: ClassVar = {
        "check": "app.cli.policy.check:check",
        "fmt": "app.cli.policy.fmt:fmt",
        "test": "app.cli.policy.test:run_cases",
        "coverage": "app.cli.policy.coverage:coverage",
        "show": "app.cli.policy.show:show",
        "explain": "app.cli.policy.explain:explain",
        "who-can": "app.cli.policy.who_can:who_can",
        "what-can": "app.cli.policy.what_can:what_can",
        "diff": "app.cli.policy.diff.command:diff",
        "language-server": "app.cli.policy.language_server:language_server",
        "shadow": "app.cli.policy.shadow:shadow",
        "reload": "app.cli.policy.reload:reload",
        "history": "app.cli.policy.history:history",
        "rollback": "app.cli.policy.rollback:rollback",
        "replay": "app.cli.policy.replay:replay",
    }


program = typer.Typer(name="policy", cls=PolicyVerbs, help="Check, test and compare policies.", no_args_is_help=True)
