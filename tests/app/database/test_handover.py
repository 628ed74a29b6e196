"""What a process may take over that is started while the primary is away, and what it must not trust."""

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.database.replication import clock, handover_file
from app.database.replication.clock import Boot
from app.database.replication.handover import WATCH_SECONDS, Handover, HandoverRefused, Standing
from app.database.replication.handover_file import MOST_BYTES, NAME, HandoverFile

KEY, PRIMARY, REPLICAS = b"a key", "postgresql://primary", ["postgresql://one", "postgresql://two"]
ALONE = 600.0
STANDING = Standing("12.5", 4711, UUID(int=1), (1, 2))


def file_in(folder: Path, key: bytes = KEY, primary: str = PRIMARY, replicas: list[str] = REPLICAS) -> HandoverFile:
    return HandoverFile(folder, key, primary, replicas)


@pytest.fixture
def file(tmp_path: Path) -> HandoverFile:
    """A file that was written just now, about the second replica."""
    file, now = file_in(tmp_path), clock.now()
    file.write(Handover(now - 60, now, "a rollback", {file.keys[1]: STANDING}))
    return file


def refusal(file: HandoverFile, alone: float = ALONE) -> str:
    with pytest.raises(HandoverRefused) as refused:
        file.read(alone, clock.now())
    return str(refused.value)


def move(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass, by both clocks."""
    later, wall = clock.now() + seconds, time.time() + seconds
    for module in (clock, handover_file):
        monkeypatch.setattr(module, "now", lambda: later)
    monkeypatch.setattr(time, "time", lambda: wall)


def test_what_was_written_is_read(file: HandoverFile, tmp_path: Path) -> None:
    found = file_in(tmp_path).read(ALONE, clock.now())
    assert found.rollback == "a rollback"
    assert found.asked_at - found.reached_at == 60
    assert file.standings(found) == [None, STANDING]


def test_only_its_owner_may_read_and_write_it(file: HandoverFile, tmp_path: Path) -> None:
    file.write(file.read(ALONE, clock.now()))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_it_holds_neither_addresses_nor_the_key(file: HandoverFile) -> None:
    assert "postgresql" not in file.path.read_text()
    assert KEY.decode() not in file.path.read_text()


def test_a_broken_watch_is_not_taken_over(file: HandoverFile, monkeypatch: pytest.MonkeyPatch) -> None:
    move(monkeypatch, WATCH_SECONDS - 1)
    file.read(ALONE, clock.now())
    move(monkeypatch, 2)
    assert "has asked the primary in the last 30 seconds" in refusal(file)


def test_a_watch_goes_on_while_the_next_process_waits_for_the_primary(
    file: HandoverFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs is waited for, for as long as connecting may take."""
    begin = clock.now()
    move(monkeypatch, WATCH_SECONDS + 10)
    file.read(ALONE, begin)


def test_the_time_counts_from_when_the_primary_was_reached(file: HandoverFile) -> None:
    assert refusal(file, 60) == "the time of PORTICO_READ_WITHOUT_PRIMARY is over"


@pytest.mark.parametrize("seconds", [-3600, -2, 2, 3600])
def test_a_wall_clock_that_was_set_is_not_trusted(
    file: HandoverFile, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    wall = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: wall)
    assert "its clock was set" in refusal(file)


def test_times_that_are_yet_to_come_are_not_trusted(file: HandoverFile, monkeypatch: pytest.MonkeyPatch) -> None:
    move(monkeypatch, -5)
    assert refusal(file) == "its times are in the future"


def test_another_start_of_the_machine_is_not_trusted(file: HandoverFile, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = Boot.current()
    monkeypatch.setattr(Boot, "current", lambda: replace(boot, id="another"))
    assert "this machine was started anew" in refusal(file)


def test_without_the_id_of_the_start_its_time_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_BOOT_ID", tmp_path / "hidden")
    file, now = file_in(tmp_path), clock.now()
    file.write(Handover(now - 60, now, "", {file.keys[0]: STANDING}))
    file.read(ALONE, clock.now())
    wall = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: wall)
    assert "this machine was started anew" in refusal(file)


def test_another_primary(file: HandoverFile, tmp_path: Path) -> None:
    assert refusal(file_in(tmp_path, primary="postgresql://another")) == "it is about another DATABASE_URL"


def test_other_replicas(file: HandoverFile, tmp_path: Path) -> None:
    assert "no replica of PORTICO_READ_DATABASE_URL" in refusal(file_in(tmp_path, replicas=REPLICAS[:1]))


def test_another_key(file: HandoverFile, tmp_path: Path) -> None:
    assert "another PORTICO_SECRET_KEY" in refusal(file_in(tmp_path, key=b"another"))


def rewrite(file: HandoverFile, change: Callable[[str], str]) -> None:
    """Change the text of a file, with the MAC that belongs to it."""
    text = change(file.path.read_text().split("\n")[0])
    file.path.write_text(f"{text}\n{file._mac(text)}\n")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace('"format": 1', '"format": 2'), "another version of Portico has written it"),
        (lambda text: text.replace('"rollback"', '"something"'), "it is malformed"),
        (lambda text: text.replace("4711", '"many"'), "it is malformed"),
        (lambda text: text.replace('"asked_at": ', '"asked_at": Infinity, "was": '), "it is malformed"),
        (lambda text: "[" * 50_000, "it is malformed"),
        (lambda text: "null", "it is malformed"),
        (lambda text: "", "it is malformed"),
    ],
)
def test_a_malformed_text(file: HandoverFile, change: Callable[[str], str], reason: str) -> None:
    rewrite(file, change)
    assert refusal(file) == reason


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}", b"\xff\xfe", b"x" * (MOST_BYTES + 1), b"{}\n" + b"0" * 64 + b"\n"]
)
def test_damage(file: HandoverFile, content: bytes) -> None:
    file.path.write_bytes(content)
    assert refusal(file) in (
        "it is damaged, or was written under another PORTICO_SECRET_KEY",
        "it is malformed",
    )


def test_each_changed_character_is_noticed(file: HandoverFile) -> None:
    content = file.path.read_text()
    for place in range(0, len(content) - 1, 7):
        other = "x" if content[place] != "x" else "y"
        file.path.write_text(content[:place] + other + content[place + 1 :])
        assert "damaged" in refusal(file)


def test_no_file(tmp_path: Path) -> None:
    assert refusal(file_in(tmp_path)) == "no process on this machine was reading from replicas just before"


def test_a_symbolic_link_is_not_followed(file: HandoverFile, tmp_path: Path) -> None:
    file.path.rename(tmp_path / "elsewhere")
    file.path.symlink_to(tmp_path / "elsewhere")
    assert "it can't be read" in refusal(file)


def test_a_symbolic_link_is_replaced(file: HandoverFile, tmp_path: Path) -> None:
    found, elsewhere = file.read(ALONE, clock.now()), tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    file.path.unlink()
    file.path.symlink_to(elsewhere)
    file._draft.symlink_to(elsewhere)
    file.write(found)
    assert file.read(ALONE, clock.now()) == found
    assert elsewhere.read_text() == "untouched"


def test_a_pipe_is_not_waited_for(file: HandoverFile) -> None:
    file.path.unlink()
    os.mkfifo(file.path, 0o600)
    assert refusal(file) == "it isn't a regular file"


def test_a_folder_in_its_place(file: HandoverFile) -> None:
    file.path.unlink()
    file.path.mkdir()
    assert refusal(file) == "it isn't a regular file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_use(file: HandoverFile, mode: int) -> None:
    file.path.chmod(mode)
    assert refusal(file) == "another user may have written it"


def test_a_file_of_another_user(file: HandoverFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: file.path.stat().st_uid + 1)
    assert refusal(file) == "another user may have written it"


def test_a_full_disk_leaves_the_former_file(file: HandoverFile, monkeypatch: pytest.MonkeyPatch) -> None:
    found = file.read(ALONE, clock.now())

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        file.write(found)
    assert file.read(ALONE, clock.now()) == found
    assert not file._draft.exists()


def test_it_is_removed(file: HandoverFile) -> None:
    file.remove()
    file.remove()
    assert not file.path.exists()
