"""Results of policy tests as JUnit XML, which most systems for continuous integration can show."""

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

from app.policy.testing.runner import FileResult
from app.policy.testing.test_files import TestFile

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, results: Iterable[tuple[TestFile, FileResult]], folder: Path) -> None:
    """Write the results of these files of `folder` to `path`: a suite for each file, with a test for each case."""
    root = Element("testsuites", name="portico policy test")
    for file, result in results:
        _add_suite(root, file, result, folder / file.file)
    for name in ("tests", "failures"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_suite(root: Element, file: TestFile, result: FileResult, path: Path) -> None:
    failures = {id(failure.case): failure for failure in result.failures}
    counts = {"tests": str(result.cases), "failures": str(len(failures)), "errors": "0", "skipped": "0"}
    suite = SubElement(root, "testsuite", {"name": file.file, **counts})
    for case in file.cases:
        name = f"{case} must be {'allowed' if case.allowed else 'denied'}"
        names = {"classname": file.file.rpartition(".")[0], "name": _text(name)}
        test = SubElement(suite, "testcase", {**names, "file": path.as_posix(), "line": str(case.line)})
        failure = failures.get(id(case))
        if failure is not None:
            message = _text(str(failure).partition("\n")[0])
            SubElement(test, "failure", message=message, type="policy").text = _text(str(failure))


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
