"""Of server processes that load the same policy at the same moment, one checks it."""

import fcntl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authz import policy as policies
from authz.checks import cache
from authz.language.diagnostics import Diagnostic, PolicyError
from tests.support.paths import ROOT

WORKERS = 3
TEXT = (ROOT / "policies.polar").read_text()
FINDING = Diagnostic("policies.polar", 7, 1, "", "It is wrong.", "")
WARNING = Diagnostic("policies.polar", 9, 1, "", "It is odd.", "")


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], tuple[Diagnostic, ...]]], list[str]]:
    """Lets the check of a policy end like a given function, when all workers are there. Returns a list of its runs."""

    def install(result: Callable[[], tuple[Diagnostic, ...]]) -> list[str]:
        arrived, runs = threading.Semaphore(0), list[str]()

        def flock(file: Any, operation: int) -> None:
            arrived.release()
            fcntl.flock(file, operation)

        def check(text: str, *_: object) -> tuple[Diagnostic, ...]:
            runs.append(text)
            for _number in range(WORKERS):
                assert arrived.acquire(timeout=60)
            return result()

        monkeypatch.setattr(cache, "flock", flock)
        monkeypatch.setattr(policies, "check", check)
        return runs

    return install


def load_at_once(folder: Path) -> list[object]:
    """What the workers get: the warnings, or the findings."""

    def load(_number: int) -> object:
        try:
            return policies.from_text(TEXT, "policies.polar", folder).warnings
        except PolicyError as error:
            return error.diagnostics

    with ThreadPoolExecutor(WORKERS) as workers:
        return list(workers.map(load, range(WORKERS)))


def test_the_others_take_the_result(tmp_path: Path, checks: Any) -> None:
    runs = checks(lambda: (WARNING,))
    assert load_at_once(tmp_path) == [(WARNING,)] * WORKERS
    assert len(runs) == 1


def test_the_others_take_a_rejection_too(tmp_path: Path, checks: Any) -> None:
    def reject() -> tuple[Diagnostic, ...]:
        raise PolicyError([FINDING])

    runs = checks(reject)
    found = load_at_once(tmp_path)
    assert [list(each) for each in found] == [[FINDING]] * WORKERS  # type: ignore[call-overload]
    assert len(runs) == 1
    # A rejection is not remembered for those who come later: it may have been due to a busy machine.
    checks(lambda: ())
    assert load_at_once(tmp_path) == [()] * WORKERS


@pytest.mark.parametrize("is_rejected", [False, True])
def test_a_folder_that_nothing_can_be_written_to_keeps_nobody_from_loading_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, is_rejected: bool
) -> None:
    def check(*_: object) -> tuple[Diagnostic, ...]:
        if is_rejected:
            raise PolicyError([FINDING])
        return (WARNING,)

    monkeypatch.setattr(policies, "check", check)
    (tmp_path / "file").touch()
    [result, *others] = load_at_once(tmp_path / "file" / "cache")
    assert result == ((FINDING,) if is_rejected else (WARNING,))
    assert others == [result] * (WORKERS - 1)
    assert "The result of checking a policy can't be cached (Not a directory)." in caplog.text
