"""Which rule of a way is named as the one that decided."""

from authz.language.ast import Source
from authz.policy import Policy
from resolvers.policy_analysis.deciding_rule import DecidingRules

HEAD = 'allow(actor: Member, "view", organization: Organization) if\n'
OLD = HEAD + "    own(actor, organization);\n\nown(actor: Member, organization: Organization) if\n    {};\n"
IDS = "organization.id = actor.organization_id"


def way(policy: Policy) -> list[Source]:
    return [Source("p.polar", rule.span.line) for rule in policy.rules]


def test_the_rule_that_the_other_version_lacks_decided() -> None:
    old, new = Policy(OLD.format(IDS), "p.polar"), Policy(OLD.format(f'{IDS} and organization.name != "A"'), "p.polar")
    assert str(DecidingRules(old, new).decide(way(old))) == "own, p.polar:4"
    assert str(DecidingRules(new, old).decide(way(new))) == "own, p.polar:4"


def test_moved_and_reworded_lines_are_no_other_rule() -> None:
    moved = Policy("# A comment.\n" + OLD.format(f"\n  {IDS}"), "p.polar")
    outermost = DecidingRules(moved, Policy(OLD.format(IDS), "p.polar")).decide(way(moved))
    assert str(outermost) == 'allow(Member, "view", Organization), p.polar:2'
    assert DecidingRules(moved, moved).decide(()) is None
