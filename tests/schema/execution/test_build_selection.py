"""Building selections from operations: fields, fragments and ids."""

import json

import pytest

from resolvers.query.selection import (
    ConnectionField,
    Cursor,
    EdgeNode,
    Edges,
    ListField,
    Nodes,
    NodesByIds,
    ObjectField,
    Page,
    PageInfo,
    ParameterSlot,
    Request,
    ScalarField,
    Selection,
    StaticField,
    TotalCount,
)
from tests.support.prepared_operations import KEY, OTHER, errors, parts, request


def test_the_example_of_the_planner() -> None:
    prepared = request(
        f'{{ organization(id: "org_{KEY}") {{ name users(first: 5) {{ nodes {{ email }} totalCount }} }} }}'
    )
    users = Page(
        size=ParameterSlot(1),
        order="NAME_ASC",
        parts=(Nodes("nodes", Selection("User", (ScalarField("email", "email"),))), TotalCount("totalCount")),
    )
    organization = Selection("Organization", (ScalarField("name", "name"), ConnectionField("users", "users", users)))
    child = ObjectField("organization", "organization", organization, (("id", ParameterSlot(0)),))
    assert prepared == Request(Selection("Query", (child,)), (KEY, 5))


def test_edges_cursors_and_page_info() -> None:
    (many,) = parts(
        "{ users { e: edges { c: cursor n: node { id } __typename } p: pageInfo { endCursor t: __typename } "
        "__typename } }"
    )
    assert many.page.parts == (
        Edges(
            "e",
            (
                Cursor("c"),
                EdgeNode("n", Selection("User", (ScalarField("id", "id"),))),
                StaticField("__typename", '"UserEdge"'),
            ),
        ),
        PageInfo("p", (ScalarField("endCursor", "endCursor"), StaticField("t", '"PageInfo"'))),
        StaticField("__typename", '"UserConnection"'),
    )


def test_fields_with_the_same_key_are_merged() -> None:
    text = """
      { viewer { user { id } } ...V ... on Query { viewer { user { organization { name } } } } }
      fragment V on Query { viewer { user { email organization { ...O } } permissions } }
      fragment O on Organization { id name }
    """
    organization = ObjectField(
        "organization",
        "organization",
        Selection("Organization", (ScalarField("id", "id"), ScalarField("name", "name"))),
    )
    user = Selection("User", (ScalarField("id", "id"), ScalarField("email", "email"), organization))
    viewer = Selection("Viewer", (ObjectField("user", "user", user), ScalarField("permissions", "permissions")))
    assert parts(text) == (ObjectField("viewer", "viewer", viewer),)


def test_aliases_keep_fields_apart() -> None:
    (viewer,) = parts("{ viewer { a: user { id } b: user { id } } }")
    assert [part.key for part in viewer.selection.parts] == ["a", "b"]
    assert {part.field for part in viewer.selection.parts} == {"user"}


@pytest.mark.parametrize(
    ("skip", "include", "there"), [(True, True, False), (False, True, True), (False, False, False)]
)
def test_skip_and_include(skip: bool, include: bool, there: bool) -> None:
    text = """query ($skip: Boolean!, $include: Boolean = true) {
      __typename ...F @skip(if: $skip) @include(if: $include)
    } fragment F on Query { viewer { user { id } } }"""
    assert len(parts(text, skip=skip, include=include)) == 1 + there


def test_all_fields_may_be_skipped() -> None:
    assert parts("{ viewer @skip(if: true) { user { id } } }") == ()
    (many,) = parts("{ users { totalCount @include(if: false) } }")
    assert many.page.parts == ()


def test_fragments_on_an_interface_apply_to_all_that_implement_it() -> None:
    (many,) = parts("{ users { nodes { ... on Node { id } ...N } } } fragment N on Node { ... on User { email } }")
    assert many.page.parts == (
        Nodes("nodes", Selection("User", (ScalarField("id", "id"), ScalarField("email", "email")))),
    )


def test_groups_are_children_without_arguments() -> None:
    (many,) = parts("{ services { nodes { site { city } } } }")
    assert many.page.parts[0].selection.parts == (
        ObjectField("site", "site", Selection("Site", (ScalarField("city", "city"),))),
    )


def test_a_list_of_objects_has_no_page() -> None:
    (viewer,) = parts("{ viewer { user { ends: permissionEnds { until: endsAt __typename } } } }")
    listed = Selection("PermissionEnd", (ScalarField("until", "endsAt"), StaticField("__typename", '"PermissionEnd"')))
    assert viewer.selection.parts[0].selection.parts == (ListField("ends", "permissionEnds", listed),)


def test_the_permission_matrix_is_constant() -> None:
    (matrix, name) = parts("{ m: permissions { p: permission name __typename } __typename }")
    assert name == StaticField("__typename", '"Query"')
    rows = json.loads(matrix.json)
    assert [row["p"] for row in rows][:2] == ["SITES_SERVICES_VIEW", "SUPPORT_VIEW"]
    assert rows[0] == {"p": "SITES_SERVICES_VIEW", "name": "Sites & services: view", "__typename": "PermissionInfo"}
    assert len(rows) == 8


def test_email_availability_binds_the_email() -> None:
    prepared = request('{ emailAvailability(email: "Ada@ACME.example") { state user { id } } }')
    (question,) = prepared.selection.parts
    assert isinstance(question, ObjectField)
    assert question.arguments == (("email", ParameterSlot(0)),)
    assert prepared.values == ("ada@acme.example",)


@pytest.mark.parametrize(("prefix", "type_"), [("usr", "User"), ("org", "Organization"), ("svc", "Service")])
def test_node_takes_the_type_of_the_id(prefix: str, type_: str) -> None:
    (node,) = parts(
        "query ($id: ID!) { node(id: $id) { __typename id ... on User { email } ... on Service { code } } }",
        id=f"{prefix}_{KEY}",
    )
    assert node.field == "node"
    assert node.selection.type == type_
    own = {"User": ["email"], "Service": ["code"], "Organization": []}[type_]
    assert [part.key for part in node.selection.parts] == ["__typename", "id", *own]
    assert node.selection.parts[0] == StaticField("__typename", f'"{type_}"')


@pytest.mark.parametrize("id_", [f"xyz_{KEY}", f"key_{KEY}"])
def test_an_id_of_an_unknown_type_gives_null(id_: str) -> None:
    assert parts("query ($id: ID!) { node(id: $id) { id } }", id=id_) == (StaticField("node", "null"),)


def test_an_id_of_another_type_gives_null() -> None:
    assert parts("query ($id: ID!) { organization(id: $id) { id } }", id=f"usr_{KEY}") == (
        StaticField("organization", "null"),
    )


def test_nodes_keep_their_order() -> None:
    prepared = request(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[f"usr_{KEY}", f"xyz_{KEY}", f"svc_{OTHER}"]
    )
    (children,) = prepared.selection.parts
    assert isinstance(children, NodesByIds)
    assert [selection.type for selection in children.selections] == ["Service", "User"]
    assert prepared.values[children.keys.index] == [KEY, None, OTHER]
    assert prepared.values[children.types.index] == ["User", None, "Service"]


def test_nodes_have_one_shape_whatever_their_order() -> None:
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    first, second = (
        request(text, ids=[f"usr_{KEY}", f"svc_{OTHER}"]),
        request(text, ids=[f"svc_{KEY}", f"usr_{OTHER}"] * 3),
    )
    assert first.selection == second.selection


def test_all_malformed_ids_are_reported() -> None:
    text = """query ($ids: [ID!]!, $id: ID!) {
      a: node(id: $id) { id } b: nodes(ids: $ids) { id } organization(id: "7") { id }
      users { nodes { contractAccounts(filter: {ids: ["x"]}) { totalCount } } }
    }"""
    assert errors(text, ids=[f"usr_{KEY}", "nope", f"usr_{KEY}".upper()], id=f"usr_{{{KEY}}}") == [
        ("BAD_USER_INPUT", "id", ["a"]),
        ("BAD_USER_INPUT", "ids.1", ["b"]),
        ("BAD_USER_INPUT", "ids.2", ["b"]),
        ("BAD_USER_INPUT", "id", ["organization"]),
        ("BAD_USER_INPUT", "filter.ids.0", ["users", "nodes", "contractAccounts"]),
    ]


def test_at_most_a_hundred_nodes() -> None:
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    prepared = request(text, ids=[f"usr_{KEY}"] * 100)
    (children,) = prepared.selection.parts
    assert isinstance(children, NodesByIds)
    assert len(prepared.values[children.keys.index]) == 100
    assert errors(text, ids=[f"usr_{KEY}"] * 101) == [("BAD_USER_INPUT", "ids", ["nodes"])]
