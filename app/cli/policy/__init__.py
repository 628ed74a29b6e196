"""`portico policy`: a module for each verb.

Each has a table for people and `--json` for machines, and ends with 0 where all is well, 1 where something was found or
failed, 2 on wrong usage. What they share is in `output.py`.
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

program = typer.Typer(name="policy", help="For the authors of the rules.", no_args_is_help=True)
program.command()(check)
program.command("test")(run_cases)
for verb in (coverage, show, explain, who_can, what_can, diff, shadow, reload):
    program.command()(verb)
