"""Decision records are numbered without gaps, have one form, and are all in the index."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.support.paths import DOCS

FOLDER = DOCS / "decisions"
INDEX = FOLDER / "README.md"
PATHS = sorted(path for path in FOLDER.iterdir() if path != INDEX)
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives"]

HEADER = re.compile(r"# ([1-9]\d*)\. (\S.*)\n\n- Status: (.+)\n- Date: (.+)\n\n## ")
SUPERSEDED = re.compile(r"superseded by \[([1-9]\d*)\]\((\d{4}-[a-z0-9-]+\.md)\)")
INDEX_ROW = re.compile(r"\| (\d+) \| \[(.+)\]\((.+)\) \| (.+) \| (.+) \|")


@dataclass(frozen=True, slots=True)
class Record:
    number: int
    title: str
    status: str
    date: str
    sections: list[tuple[str, str]]


def read(path: Path) -> Record:
    text = path.read_text()
    header = HEADER.match(text)
    assert header, f"{path.name}: begin with `# N. Title`, the status and the date"
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    sections = list(zip(parts[::2], parts[1::2], strict=True))
    return Record(int(header[1]), header[2], header[3], header[4], sections)


def file_name(record: Record) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", record.title.lower()).strip("-")
    return f"{record.number:04}-{slug}.md"


def test_numbers_count_from_one_without_gaps() -> None:
    assert PATHS
    assert [path.name.partition("-")[0] for path in PATHS] == [f"{number:04}" for number in range(1, len(PATHS) + 1)]


def test_newer_records_have_higher_numbers() -> None:
    dates = [read(path).date for path in PATHS]
    assert dates == sorted(dates)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_file_is_named_after_number_and_title(path: Path) -> None:
    assert path.name == file_name(read(path))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_status_is_a_known_one(path: Path) -> None:
    record = read(path)
    if record.status == "accepted":
        return
    superseded = SUPERSEDED.fullmatch(record.status)
    assert superseded, record.status
    successor = read(FOLDER / superseded[2])
    assert successor.number == int(superseded[1]) > record.number


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_date_is_an_iso_date(path: Path) -> None:
    written = read(path).date
    assert date.fromisoformat(written).isoformat() == written


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_four_sections_are_there_in_order_and_none_is_empty(path: Path) -> None:
    sections = read(path).sections
    assert [name for name, _ in sections] == SECTIONS
    assert [name for name, text in sections if not text.strip()] == []


def test_the_index_lists_every_record() -> None:
    rows = [match.groups() for match in INDEX_ROW.finditer(INDEX.read_text())]
    records = [(path, read(path)) for path in PATHS]
    assert rows == [
        (str(record.number), record.title, path.name, record.date, record.status) for path, record in records
    ]
