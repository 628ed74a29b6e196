"""Random policies: few names for many variables, in alternatives, in helpers and in the rules that call them.

Some are not allowed by the linter, but most are.
"""

from tests.support.interpreter.policy_trees import VARIABLES, RandomPolicy, Tree, TreeRule, leaf
from tests.support.interpreter.random_conditions import ConditionWriter, Helper, Scope
from tests.support.interpreter.schema import AUDIENCES, PERMISSIONS, STATUSES, TYPES


class Writer(ConditionWriter):
    """Writes one policy."""

    def policy(self) -> RandomPolicy:
        """Returns a policy with rules about up to two types, the helpers that they use, and all capabilities."""
        asked = self.asked = [self._asked() for _ in range(self.choose((1, 1, 2)))]
        kinds = [self.choose(("Member", "Member", "Member", "Client", "Staff")) for _ in asked]
        rules: list[TreeRule] = []
        for number in range(3):
            rules = self._helper(f"h{number}", self.choose(kinds)) + rules
        allows = []
        for kind, (action, name) in zip(kinds, asked, strict=True):
            allows += [self._allow(kind, action, name) for _ in range(self.choose((1, 1, 2)))]
            if kind == "Client":
                allows.append(self._allow("Member", action, name))
        return RandomPolicy(tuple(_used([*allows, *self._capabilities(), *rules])), tuple(dict.fromkeys(asked)))

    def _asked(self) -> tuple[str, str]:
        name = self.choose([name for name, described in TYPES.items() if described.actions])
        return self.choose(TYPES[name].actions), name

    def _allow(self, kind: str, action: str, name: str) -> TreeRule:
        actor, row = self.random.sample(("actor", "row", *VARIABLES), 2)
        scope = Scope({row: name}, {}, actor, kind)
        body = self.conditions(scope, self.choose((1, 2, 2, 3)))
        pattern = f'{{audience: "{self.choose(AUDIENCES)}"}}' if kind == "Member" and self.chance(0.1) else ""
        row_pattern = f'{{status: "{self.choose(STATUSES)}"}}' if name == "Service" and self.chance(0.2) else ""
        return TreeRule(f'allow({actor}: {kind}{pattern}, "{action}", {row}: {name}{row_pattern})', body)

    def _capabilities(self) -> list[TreeRule]:
        """Returns who may give what: simple rules, with random conditions on the actor."""

        def about(kind: str) -> Tree:
            return self.trait(Scope({}, {}, "actor", kind), 2)

        heads = [
            "manages_users(actor: Member)",
            'assign_all(actor: Member, "ContractAccount")',
            f'assign_audience(actor: Member, "{self.choose(AUDIENCES)}")',
            f'assign_permission(actor: Member, "{self.choose(PERMISSIONS)}")',
        ]
        own = leaf("permission in actor.permissions")
        rules = [TreeRule(head, about("Member")) for head in heads]
        rules.append(TreeRule("assign_permission(actor: Member, permission: String)", own))
        if self.chance(0.3):
            rules.append(TreeRule("manages_users(actor: Client)", about("Client")))
        return rules

    def _helper(self, name: str, kind: str) -> list[TreeRule]:
        """Returns the rules of a new helper, which may call the others."""
        takes = self.choose([*TYPES, "word", "text"])
        helper = Helper(name, kind, takes)
        rules = []
        for _ in range(self.choose((1, 1, 2))):
            actor, other = self.random.sample(("actor", *VARIABLES), 2)
            type_name = takes if takes in TYPES else "String"
            scope = Scope(
                {other: takes} if takes in TYPES else {}, {} if takes in TYPES else {other: takes}, actor, kind
            )
            rules.append(
                TreeRule(f"{name}({actor}: {kind}, {other}: {type_name})", self.conditions(scope, self.choose((1, 2))))
            )
        if takes == "word" and self.chance(0.3):
            rules.append(TreeRule(f'{name}(_: {kind}, "{self.choose(PERMISSIONS)}")', None))
        self.helpers.append(helper)
        return rules


def _used(rules: list[TreeRule]) -> list[TreeRule]:
    """Returns the rules without the helpers that none of them calls."""
    while True:
        bodies = " ".join(str(rule.body) for rule in rules)
        kept = [rule for rule in rules if not rule.head.startswith("h") or rule.head[:3] in bodies]
        if len(kept) == len(rules):
            return kept
        rules = kept
