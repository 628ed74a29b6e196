"""A test file: a world, and who may do what in it.

about: ...                                  for whom it is, in a sentence
world: ...                                  `world.py`
may:                                        complete: what is not written here is denied
sam:
view contract accounts: [ACME South]
assign permission: [SUPPORT_VIEW]
manages users: yes
cases:                                      single ones
- deny: pia may view service SVC-000003
because: it is delivered to ACME South
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.policy.testing.client_parser import ALL
from app.policy.testing.named_world import NamedActor, NamedWorld
from app.policy.testing.phrases import NO, CaseRequest, answers, every_asked, phrases
from app.policy.testing.world_parser import read_world
from app.policy.testing.yaml_nodes import Node, TestsUnreadable, YamlDocument
from authz.language.diagnostics import Diagnostic
from authz.lint.operand_types import did_you_mean
from authz.predicates.evaluate import Row
from authz.predicates.nodes import Identity

_SUFFIXES = (".yaml", ".yml")
_TABLE, _SENTENCE = phrases(many=True), phrases(many=False)


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One expectation: whether `person` is allowed what is `asked` of `thing`, a row or a word, called `name`."""

    person: NamedActor
    asked: CaseRequest
    name: str
    thing: Row | str
    allowed: bool
    line: int
    because: str = ""

    def __str__(self) -> str:
        return f"{self.person.name} {self.asked.about(self.name if self.thing else '')}"


@dataclass(frozen=True, slots=True)
class TestFile:
    """The cases of one file."""

    __test__ = False  # no test, whatever pytest thinks of the name

    file: str
    about: str
    named: NamedWorld
    cases: tuple[PolicyCase, ...]


def read_folder(folder: Path) -> list[TestFile]:
    """All test files of `folder`, by name. Raises TestsUnreadable with all that is wrong in them."""
    paths = sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES)
    if not paths:
        raise TestsUnreadable([Diagnostic(str(folder), 0, 0, "", "There is no test here: no file *.yaml.", "")])
    documents = [YamlDocument(path) for path in paths]
    files = [_test_file(document) for document in documents]
    findings = [finding for document in documents for finding in document.findings]
    if findings:
        raise TestsUnreadable(findings)
    return files


def _test_file(document: YamlDocument) -> TestFile:
    parts = document.fields(document.root, "A test", ("about", "world", "may", "cases"))
    about = document.text(parts["about"], "A sentence") if "about" in parts else ""
    named = read_world(document, parts.get("world"))
    cases = [*_tables(document, named, parts.get("may")), *_singles(document, named, parts.get("cases"))]
    if not cases and not document.findings:
        document.refuse(document.root, "There is no case in this file.", "Write `may:` or `cases:`.")
    return TestFile(document.file, about, named, tuple(cases))


def _person(document: YamlDocument, named: NamedWorld, node: yaml.ScalarNode, name: str) -> NamedActor | None:
    if name not in named.actors:
        document.refuse(node, f"There is no user {name} in the world.", did_you_mean(name, named.actors))
    return named.actors.get(name)


def _tables(document: YamlDocument, named: NamedWorld, node: Node) -> Iterator[PolicyCase]:
    for key, table in document.pairs(node, "`may`"):
        person = _person(document, named, key, key.value)
        if person is None:
            continue
        rows: dict[CaseRequest, tuple[yaml.ScalarNode, Node]] = {}
        for phrase, value in document.pairs(table, "A table"):
            asked = _TABLE.get(phrase.value)
            if asked is None:
                document.refuse(phrase, "There is no such action.", did_you_mean(phrase.value, map(str, every_asked())))
            elif asked in rows:
                document.refuse(phrase, "This is said twice.")
            else:
                rows[asked] = (phrase, value)
        for asked in every_asked():
            yield from _row(document, named, person, asked, rows.get(asked, (key, None)))


def _row(
    document: YamlDocument,
    named: NamedWorld,
    person: NamedActor,
    asked: CaseRequest,
    line: tuple[yaml.ScalarNode, Node],
) -> Iterator[PolicyCase]:
    """One line of a table: a case for all that is listed, and for all that is not."""
    place, value = line
    options = answers(asked, named)
    listed: set[int] = set()
    for text in document.texts(value, "What is allowed"):
        things = _listed(named, person, asked, text.value, options)
        if not things:
            document.refuse(text, _unknown(named, asked, text.value), did_you_mean(text.value, options))
        listed |= {id(thing) for thing in things}
    for name, thing in options.items():
        yield PolicyCase(person, asked, name, thing, id(thing) in listed, document.line(place))


def _listed(
    named: NamedWorld, person: NamedActor, asked: CaseRequest, text: str, options: dict[str, Row | str]
) -> list[Row | str]:
    if text == ALL:
        return list(options.values())
    if text == NO and asked.model is None:
        return [NO]
    if text.startswith(f"{ALL} of ") and asked.model is not None:
        owner = text.removeprefix(f"{ALL} of ")
        return [row for (organization, _), row in named.known(asked.model).items() if organization == owner]
    thing = _thing(named, person, asked, text, options)
    return [] if thing is None else [thing]


def _thing(
    named: NamedWorld, person: NamedActor, asked: CaseRequest, text: str, options: dict[str, Row | str]
) -> Row | str | None:
    if asked.model is None:
        return options.get(text)
    return named.find(text, asked.model, person.identity[Identity.ORGANIZATION_ID] or "")


def _unknown(named: NamedWorld, asked: CaseRequest, text: str) -> str:
    if asked.model is None:
        return f"This is no answer to: {asked}."
    if sum(name == text for _, name in named.known(asked.model)) > 1:
        return f"Several are called {text}: say NAME of ORGANIZATION."
    return f"There is no {asked.model.__name__} of this name in the world."


def _singles(document: YamlDocument, named: NamedWorld, node: Node) -> Iterator[PolicyCase]:
    items = node.value if isinstance(node, yaml.SequenceNode) else []
    if node is not None and not isinstance(node, yaml.SequenceNode):
        document.refuse(node, "A list of cases was expected here.", "Begin each with `- allow:` or `- deny:`.")
    for item in items:
        fields = document.fields(item, "A case", ("allow", "deny", "because"))
        because = document.text(fields["because"], "A reason") if "because" in fields else ""
        said = [(word, fields[word]) for word in ("allow", "deny") if word in fields]
        if len(said) != 1:
            document.refuse(item, "A case has one of `allow` and `deny`.")
            continue
        ((word, sentence),) = said
        yield from _single(document, named, sentence, word == "allow", because)


def _single(
    document: YamlDocument, named: NamedWorld, node: yaml.Node, allowed: bool, because: str
) -> Iterator[PolicyCase]:
    """`sam may view contract account ACME South`."""
    text = document.text(node, "WHO may ACTION THING")
    name, _, rest = text.partition(" ")
    if not isinstance(node, yaml.ScalarNode):
        return
    person = _person(document, named, node, name)
    rest = rest.removeprefix("may ")
    said = [phrase for phrase in _SENTENCE if f"{rest} ".startswith(f"{phrase} ")]
    if not said:
        known = sorted({asked.about("NAME") for asked in every_asked()})
        document.refuse(node, "There is no such action.", f"Say WHO may ACTION THING. Known are: {', '.join(known)}.")
        return
    if person is None:
        return
    phrase = max(said, key=len)
    asked, thing_name = _SENTENCE[phrase], rest.removeprefix(phrase).strip()
    options = answers(asked, named)
    if asked.model is None and "" in options.values():
        thing: Row | str | None = "" if not thing_name else None
    else:
        thing = _thing(named, person, asked, thing_name, options)
    if thing is None:
        document.refuse(node, _unknown(named, asked, thing_name), did_you_mean(thing_name, options))
        return
    yield PolicyCase(person, asked, thing_name, thing, allowed, document.line(node), because)
