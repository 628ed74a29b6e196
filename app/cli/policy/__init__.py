"""`portico policy`: one module per command.

Each prints a table for people, or JSON with `--json`. Exit codes: 0 success, 1 a negative result or a failure, 2 wrong
usage, 3 (`diff`, `shadow`) something changes. Imports: app.cli's shared modules, resolvers.policy_analysis, authz.
"""

import typer

from app.cli.policy.check import check
from app.cli.policy.coverage import coverage
from app.cli.policy.diff import diff
from app.cli.policy.explain import explain
from app.cli.policy.reload import reload
from app.cli.policy.shadow import shadow
from app.cli.policy.show import show
from app.cli.policy.test import run_cases
from app.cli.policy.what_can import what_can
from app.cli.policy.who_can import who_can

program = typer.Typer(name="policy", help="Check, test and compare policies.", no_args_is_help=True)
program.command()(check)
program.command("test")(run_cases)
for verb in (coverage, show, explain, who_can, what_can, diff, shadow, reload):
    program.command()(verb)
