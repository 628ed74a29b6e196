"""Reads test files: each has a world, and the expected access of its actors.

about: ...                                  a sentence about the file
world: ...                                  `world_parser.py`
may:                                        complete: anything not listed here is denied
  sam:
    view contract accounts: [ACME South]
    assign permission: [SUPPORT_VIEW]
    manages users: yes
cases:                                      single cases
  - deny: pia may view service SVC-000003
    because: it is delivered to ACME South
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from app.policy.testing.client_parser import ALL
from app.policy.testing.named_world import NamedActor, NamedWorld
from app.policy.testing.phrases import NO, CaseRequest, all_requests, answers, phrases
from app.policy.testing.world_parser import read_world
from app.policy.testing.yaml_nodes import Node, TestsUnreadable, YamlDocument
from authz.actor import Identity
from authz.language.diagnostics import Diagnostic
from authz.lint.operand_types import did_you_mean
from authz.predicates.evaluate import Row

_SUFFIXES = (".yaml", ".yml")
_TABLE, _SENTENCE = phrases(many=True), phrases(many=False)


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One expectation: whether `actor` is allowed `request` on `target`, a row or a value, called `name`."""

    actor: NamedActor
    request: CaseRequest
    name: str
    target: Row | str
    allowed: bool
    line: int
    because: str = ""

    def __str__(self) -> str:
        return f"{self.actor.name} {self.request.about(self.name if self.target else '')}"


@dataclass(frozen=True, slots=True)
class TestFile:
    """The cases of one file."""

    __test__ = False  # not a pytest class, despite its name

    file: str
    about: str
    named: NamedWorld
    cases: tuple[PolicyCase, ...]


def read_folder(folder: Path) -> list[TestFile]:
    """Reads all test files of `folder`, sorted by name. Raises TestsUnreadable with all errors in them."""
    paths = sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES)
    if not paths:
        raise TestsUnreadable([Diagnostic(str(folder), 0, 0, "", "There are no test files (*.yaml) here.", "")])
    documents = [YamlDocument(path) for path in paths]
    files = [_test_file(document) for document in documents]
    diagnostics = [diagnostic for document in documents for diagnostic in document.diagnostics]
    if diagnostics:
        raise TestsUnreadable(diagnostics)
    return files


def select_cases(files: Sequence[TestFile], pattern: str) -> list[TestFile]:
    """Returns the files with only those cases whose `file:line: description` contains `pattern`, in any case.

    `*` stands for any text.
    """
    matcher = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
    selected = (
        replace(file, cases=tuple(case for case in file.cases if matcher.search(f"{file.file}:{case.line}: {case}")))
        for file in files
    )
    return [file for file in selected if file.cases]


def _test_file(document: YamlDocument) -> TestFile:
    parts = document.fields(document.root, "A test", ("about", "world", "may", "cases"))
    about = document.text(parts["about"], "A sentence") if "about" in parts else ""
    named = read_world(document, parts.get("world"))
    cases = [*_tables(document, named, parts.get("may")), *_singles(document, named, parts.get("cases"))]
    if not cases and not document.diagnostics:
        document.report(document.root, "This file has no cases.", "Write `may:` or `cases:`.")
    return TestFile(document.file, about, named, tuple(cases))


def _actor(document: YamlDocument, named: NamedWorld, node: yaml.ScalarNode, name: str) -> NamedActor | None:
    if name not in named.actors:
        document.report(node, f"There is no user {name} in the world.", did_you_mean(name, named.actors))
    return named.actors.get(name)


def _tables(document: YamlDocument, named: NamedWorld, node: Node) -> Iterator[PolicyCase]:
    for key, table in document.pairs(node, "`may`"):
        actor = _actor(document, named, key, key.value)
        if actor is None:
            continue
        rows: dict[CaseRequest, tuple[yaml.ScalarNode, Node]] = {}
        for phrase, value in document.pairs(table, "A table"):
            request = _TABLE.get(phrase.value)
            if request is None:
                document.report(
                    phrase, "There is no such action.", did_you_mean(phrase.value, map(str, all_requests()))
                )
            elif request in rows:
                document.report(phrase, "This action is listed twice.")
            else:
                rows[request] = (phrase, value)
        for request in all_requests():
            yield from _row(document, named, actor, request, rows.get(request, (key, None)))


def _row(
    document: YamlDocument,
    named: NamedWorld,
    actor: NamedActor,
    request: CaseRequest,
    line: tuple[yaml.ScalarNode, Node],
) -> Iterator[PolicyCase]:
    """Yields a case for each possible target of one line of a table: allowed if it is listed, otherwise denied."""
    place, value = line
    options = answers(request, named)
    listed: set[int] = set()
    for text in document.texts(value, "What is allowed"):
        targets = _listed_targets(named, actor, request, text.value, options)
        if not targets:
            document.report(text, _unknown_target(named, request, text.value), did_you_mean(text.value, options))
        listed |= {id(target) for target in targets}
    for name, target in options.items():
        yield PolicyCase(actor, request, name, target, id(target) in listed, document.line(place))


def _listed_targets(
    named: NamedWorld, actor: NamedActor, request: CaseRequest, text: str, options: dict[str, Row | str]
) -> list[Row | str]:
    if text == ALL:
        return list(options.values())
    if text == NO and request.model is None:
        return [NO]
    if text.startswith(f"{ALL} of ") and request.model is not None:
        owner = text.removeprefix(f"{ALL} of ")
        return [row for (organization, _), row in named.by_key(request.model).items() if organization == owner]
    target = _find_target(named, actor, request, text, options)
    return [] if target is None else [target]


def _find_target(
    named: NamedWorld, actor: NamedActor, request: CaseRequest, text: str, options: dict[str, Row | str]
) -> Row | str | None:
    if request.model is None:
        return options.get(text)
    return named.find(text, request.model, actor.identity[Identity.ORGANIZATION_ID] or "")


def _unknown_target(named: NamedWorld, request: CaseRequest, text: str) -> str:
    if request.model is None:
        return f"This is not a value of: {request}."
    if sum(name == text for _, name in named.by_key(request.model)) > 1:
        return f"Several resources are called {text}: write NAME of ORGANIZATION."
    return f"There is no {request.model.__name__} of this name in the world."


def _singles(document: YamlDocument, named: NamedWorld, node: Node) -> Iterator[PolicyCase]:
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    if node is not None and not isinstance(node, yaml.SequenceNode):
        document.report(node, "A list of cases was expected here.", "Begin each with `- allow:` or `- deny:`.")
    for item in items:
        fields = document.fields(item, "A case", ("allow", "deny", "because"))
        because = document.text(fields["because"], "A reason") if "because" in fields else ""
        expectations = [(verdict, fields[verdict]) for verdict in ("allow", "deny") if verdict in fields]
        if len(expectations) != 1:
            document.report(item, "A case has either `allow` or `deny`.")
            continue
        ((verdict, sentence),) = expectations
        yield from _single(document, named, sentence, verdict == "allow", because)


def _single(
    document: YamlDocument, named: NamedWorld, node: yaml.Node, allowed: bool, because: str
) -> Iterator[PolicyCase]:
    """`sam may view contract account ACME South`."""
    text = document.text(node, "ACTOR may ACTION RESOURCE")
    name, _, rest = text.partition(" ")
    if not isinstance(node, yaml.ScalarNode):
        return
    actor = _actor(document, named, node, name)
    rest = rest.removeprefix("may ")
    matches = [phrase for phrase in _SENTENCE if f"{rest} ".startswith(f"{phrase} ")]
    if not matches:
        examples = sorted({request.about("NAME") for request in all_requests()})
        document.report(
            node, "There is no such action.", f"Write ACTOR may ACTION RESOURCE. Known are: {', '.join(examples)}."
        )
        return
    if actor is None:
        return
    phrase = max(matches, key=len)
    request, target_name = _SENTENCE[phrase], rest.removeprefix(phrase).strip()
    options = answers(request, named)
    if request.model is None and "" in options.values():
        target: Row | str | None = "" if not target_name else None
    else:
        target = _find_target(named, actor, request, target_name, options)
    if target is None:
        document.report(node, _unknown_target(named, request, target_name), did_you_mean(target_name, options))
        return
    yield PolicyCase(actor, request, target_name, target, allowed, document.line(node), because)
