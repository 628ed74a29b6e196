"""Files and functions stay short, and folders small enough to read."""

from collections import Counter

from tests.support.source_files import functions, relative, sources

LONGEST_FILE = 350
LONGEST_FUNCTION = 60
LARGEST_FOLDER = 25
"""Modules in one folder, `__init__.py` not counted; except that of migrations, which only grows."""


def test_files_and_functions_stay_short() -> None:
    paths = [*sources(), *sources("tests"), *sources("benchmarks")]
    long_files = [relative(path) for path in paths if len(path.read_text().splitlines()) > LONGEST_FILE]
    long_functions = [
        f"{relative(path)}:{function.lineno} {function.name}"
        for path in paths
        if path.parent.name != "versions"
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION
    ]
    assert (long_files, long_functions) == ([], [])


def test_folders_stay_small() -> None:
    paths = [path for path in (*sources(), *sources("tests")) if path.name != "__init__.py"]
    modules = Counter(relative(path.parent) for path in paths if path.parent.name != "versions")
    assert {folder: count for folder, count in modules.items() if count > LARGEST_FOLDER} == {}
