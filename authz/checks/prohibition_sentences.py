"""Parses `policies.never`, the sentences about what a policy must never allow.

    # A comment.
    never: a Member views a row of another organization
    never: a Client may what its owner may not
    never: a Member of audience DELIVERY views a ContractAccount
        unless service in row.services and in_delivery_access(actor, service.delivery_account)
    never: a Client may assign_permission USER_MANAGEMENT

A sentence is one line; lines that are indented continue it. What follows `unless` is a condition as in a rule, about
`actor` and `row`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from authz.actor import ActorKind, Traits
from authz.language.diagnostics import Diagnostic
from authz.lint.operand_types import did_you_mean
from authz.model.actions import ACTIONS, CAPABILITIES, Capability
from models import Audience, Base, Permission

FILE = "policies.never"
"""The name of the file, in the folder of the policy."""

FORM = "Write `never: a Member views a row of another organization`, or another form of docs/policy.md."

_WORD = re.compile(r"[^\s,]+")
_SENTENCE = re.compile(r"never\s*:")
_UNLESS = re.compile(r"\bunless\b")
_CODE = re.compile(r'(?:[^"#]|"(?:\\.|[^"\\])*"?)*')
"""A line up to its comment: a `#` within a quoted text begins none."""

_BORDER = ("of", "another", "organization")
_NOT_MORE_THAN_OWNER = ("may", "what", "its", "owner", "may", "not")
_NOTHING = "anything"


@dataclass(frozen=True, slots=True)
class ActorFilter:
    """The actors that a sentence is about."""

    kind: ActorKind
    audience: Audience | None = None
    holding: frozenset[Permission] = frozenset()
    lacking: frozenset[Permission] = frozenset()

    def matches(self, traits: Traits) -> bool:
        """Whether actors with `traits` are among them."""
        return (
            self.audience in (None, traits.audience)
            and self.holding <= traits.permissions
            and not self.lacking & traits.permissions
        )


@dataclass(frozen=True, slots=True)
class Prohibition:
    """One sentence, and where it begins.

    It is about `actions` on types, `capabilities` with a value, or, with `more_than_owner`, all of both, if the owner
    of the client may not. `across_border`: only about rows that are not of the actor's organization. `unless` is the
    text of a condition of Polar, which begins at `unless_place`; empty if there is none.
    """

    line: int
    column: int
    text: str
    actors: ActorFilter
    actions: tuple[tuple[type[Base], str], ...] = ()
    capabilities: tuple[tuple[Capability, str], ...] = ()
    more_than_owner: bool = False
    across_border: bool = False
    unless: str = ""
    unless_place: tuple[int, int] = (0, 0)


class _Misspelt(Exception):
    def __init__(self, word: "_Word | None", reason: str, suggestion: str) -> None:
        super().__init__(reason)
        self.word, self.reason, self.suggestion = word, reason, suggestion


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    line: int
    column: int


@dataclass
class _Words:
    """The words of a sentence, taken from the front."""

    rest: list[_Word]
    taken: list[_Word] = field(default_factory=list)

    def skip(self, *texts: str) -> bool:
        """Takes the next words if they are `texts`."""
        if tuple(word.text for word in self.rest[: len(texts)]) != texts:
            return False
        self.take(len(texts))
        return True

    def take(self, number: int = 1) -> _Word:
        """Takes the next words, and returns the last of them."""
        if not self.rest:
            raise _Misspelt(self.taken[-1] if self.taken else None, "The sentence ends too early.", FORM)
        self.taken += self.rest[:number]
        del self.rest[:number]
        return self.taken[-1]

    def choose(self, what: str, values: Iterable[str]) -> str:
        """Takes the next word, which must be one of `values`."""
        word = self.take()
        known = [str(value) for value in values]
        if word.text not in known:
            raise _Misspelt(word, f"There is no {what} {word.text}.", did_you_mean(word.text, known))
        return word.text


def parse_prohibitions(text: str) -> tuple[tuple[Prohibition, ...], tuple[Diagnostic, ...]]:
    """Returns the sentences of `text`, and a diagnostic for each that is none."""
    prohibitions, diagnostics = [], []
    if text.startswith("\ufeff"):
        return (), (
            Diagnostic(FILE, 1, 1, "", "The file begins with a byte order mark.", "Save it as UTF-8 without one."),
        )
    for line, sentence in _sentences(text):
        try:
            prohibitions.append(_parse(line, sentence))
        except _Misspelt as error:
            place = (error.word.line, error.word.column) if error.word else (line, 1)
            excerpt = error.word.text if error.word else sentence.split("\n")[0].strip()
            diagnostics.append(Diagnostic(FILE, *place, excerpt, error.reason, error.suggestion))
    return tuple(prohibitions), tuple(diagnostics)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yields each sentence with the line where it begins; comments are blanked out, so that columns stay the same."""
    begun: tuple[int, list[str]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        matched = _CODE.match(line)
        code = matched[0].rstrip() if matched else ""
        if begun and (not code or code[0].isspace()):
            begun[1].append(code)
        elif code:
            if begun:
                yield begun[0], "\n".join(begun[1])
            begun = number, [code]
    if begun:
        yield begun[0], "\n".join(begun[1])


def _parse(line: int, sentence: str) -> Prohibition:
    start = _SENTENCE.match(sentence)
    if start is None:
        raise _Misspelt(None, "A sentence begins with `never:`.", FORM)
    unless = _UNLESS.search(sentence)
    if unless and not sentence[unless.end() :].strip():
        raise _Misspelt(None, "No condition follows `unless`.", "Write one, or leave `unless` out.")
    words = _Words(list(_words(sentence, line, start.end(), unless.start() if unless else len(sentence))))
    about = " ".join(sentence.split())
    actors = _actors(words)
    if actors.kind is ActorKind.CLIENT and words.skip(*_NOT_MORE_THAN_OWNER):
        _end(words)
        if unless:
            raise _Misspelt(words.taken[-1], "This sentence takes no `unless`.", "Leave it out.")
        return Prohibition(line, 1, about, actors, more_than_owner=True)
    action = _action(words)
    if action in list(Capability):
        if unless:
            raise _Misspelt(words.taken[-1], f"{action} is about the actor alone.", "Leave out `unless`.")
        return Prohibition(line, 1, about, actors, capabilities=tuple(_capabilities(words, Capability(action))))
    actions = tuple(_actions(words, action))
    across_border = words.skip(*_BORDER)
    _end(words)
    condition = sentence[unless.end() :] if unless else ""
    place = _place(sentence, line, unless.end() + len(condition) - len(condition.lstrip())) if unless else (0, 0)
    if unless and len(actions) != 1:
        raise _Misspelt(words.taken[-1], "`unless` needs one action on one type.", "Name the type, and write `views`.")
    return Prohibition(
        line, 1, about, actors, actions, across_border=across_border, unless=condition.strip(), unless_place=place
    )


def _words(sentence: str, line: int, start: int, end: int) -> Iterator[_Word]:
    for match in _WORD.finditer(sentence, start, end):
        yield _Word(match[0], *_place(sentence, line, match.start()))


def _place(sentence: str, line: int, offset: int) -> tuple[int, int]:
    before = sentence[:offset]
    return line + before.count("\n"), offset - (before.rfind("\n") + 1) + 1


def _actors(words: _Words) -> ActorFilter:
    _article(words)
    kind = ActorKind(words.choose("kind of actor", ActorKind))
    audience: Audience | None = None
    sets: dict[str, set[Permission]] = {"with": set(), "without": set()}
    named: set[Permission] | None = None
    while words.rest and words.rest[0].text in ("of", "with", "without", "and"):
        link = words.take().text
        if named is not None and link == "and" and words.rest and words.rest[0].text in list(Permission):
            named.add(Permission(words.take().text))
        elif link == "of":
            words.choose("description of an actor: `of audience …` is one; not of", ["audience"])
            _refuse(words, audience is not None, "An audience is named already.")
            audience = Audience(words.choose("audience", Audience))
        elif link in sets:
            named = sets[link]
            named.add(Permission(words.choose("permission", Permission)))
            while words.rest and words.rest[0].text in list(Permission):
                named.add(Permission(words.take().text))
    described = audience is not None or any(sets.values())
    _refuse(words, kind is ActorKind.STAFF and described, "Staff have no audience and no permissions.")
    _refuse(words, bool(sets["with"] & sets["without"]), "Nobody is with and without a permission.")
    return ActorFilter(kind, audience, frozenset(sets["with"]), frozenset(sets["without"]))


def _refuse(words: _Words, about_nobody: bool, reason: str) -> None:
    if about_nobody:
        raise _Misspelt(words.taken[-1], reason, "Leave it out: a sentence about nobody prohibits nothing.")


def _action(words: _Words) -> str:
    if words.skip("views"):
        return "view"
    if not words.skip("may"):
        word = words.take()
        raise _Misspelt(word, "The sentence needs an action here.", "Write `views`, or `may` and an action.")
    if words.skip("do", _NOTHING, "to"):
        return _NOTHING
    every = {str(action) for actions in ACTIONS.values() for action in actions}
    return words.choose("action", [*sorted(every), *map(str, Capability)])


def _actions(words: _Words, action: str) -> Iterator[tuple[type[Base], str]]:
    _article(words)
    types = {model.__name__: model for model in ACTIONS}
    name = words.choose("type", ["row", *types])
    for model in ACTIONS if name == "row" else (types[name],):
        names = [str(each) for each in ACTIONS[model]]
        if name != "row" and action not in (_NOTHING, *names):
            raise _Misspelt(words.taken[-1], f"{name} has no action {action}.", did_you_mean(action, names))
        yield from ((model, each) for each in names if action in (_NOTHING, each))


def _capabilities(words: _Words, capability: Capability) -> Iterator[tuple[Capability, str]]:
    values = CAPABILITIES[capability]
    if values is None:
        yield capability, ""
    elif words.rest:
        yield capability, words.choose(f"value of {capability}", values)
    else:
        yield from ((capability, str(value)) for value in values)
    _end(words)


def _article(words: _Words) -> None:
    if not words.skip("a"):
        words.skip("an")


def _end(words: _Words) -> None:
    if words.rest:
        raise _Misspelt(words.rest[0], "The sentence should end here.", FORM)
