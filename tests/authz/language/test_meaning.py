"""Two rules mean the same if they differ in blanks, comments and their place only."""

from authz.language.meaning import meaning, title
from authz.language.parser import parse

RULE = 'allow(actor: Member, "view", service: Service) if service.name = "a" and not actor.all_contract_accounts;'


def meant(text: str) -> object:
    return meaning(parse(text, "p.polar")[0])


def test_places_do_not_matter_and_words_do() -> None:
    assert meant(RULE) == meant("# A comment\n\n" + RULE.replace(" and", "\n  and # here\n"))
    for other in ('"b"', "true", "1", '"a" and actor.all_delivery_accounts'):
        assert meant(RULE) != meant(RULE.replace('"a"', other))
    assert meant(RULE.replace('"a"', "1")) != meant(RULE.replace('"a"', "true"))


def test_titles_of_rules() -> None:
    titles = [title(rule) for rule in parse(f"{RULE} b(_: Staff); allow(_, nil, _: Service);", "p.polar")[0]]
    assert titles == ['allow(Member, "view", Service)', "b", "allow(_, None, Service)"]
