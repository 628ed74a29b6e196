"""Runs long work of a command so that SIGTERM cancels it: what is unfinished is undone, and the exit code is 1."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer

T = TypeVar("T")


def run_cancellably(work: Coroutine[Any, Any, T], *, stopped: str = "nothing was changed") -> T:
    """The result of `work`, which SIGTERM cancels as Ctrl-C does: with a line on standard error that says what follows
    from it (`stopped`), and exit code 1."""

    async def until_sigterm() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(until_sigterm())
    except asyncio.CancelledError:
        typer.echo(f"portico: stopped by SIGTERM; {stopped}", err=True)
        raise typer.Exit(1) from None
    finally:
        end_as_failure_on_sigterm()


def end_as_failure_on_sigterm() -> None:
    """Let SIGTERM end the command like an error, not as a server that was asked to stop."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
