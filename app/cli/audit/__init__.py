"""`portico audit`: verifies the audit trail, moves old events to an archive, and places legal holds."""

import typer

from app.cli.audit.hold import hold, release
from app.cli.audit.prune import prune
from app.cli.audit.verify import head, verify

audit = typer.Typer(
    name="audit", help="Verify the audit trail, and move old events to an archive.", no_args_is_help=True
)

for command in (verify, head, prune, hold, release):
    audit.command()(command)
