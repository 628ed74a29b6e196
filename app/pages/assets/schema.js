// Lists the schema, read by introspection, with search and links from type to type.

const INTROSPECTION = `query Schema { __schema { types {
  kind name description
  fields(includeDeprecated: true) { name description type { ...T } args { ...A } }
  inputFields { ...A }
  enumValues(includeDeprecated: true) { name description }
} } }
fragment A on __InputValue { name description defaultValue type { ...T } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

const FIRST = ["Query", "Mutation"];

function element(name, text, ...children) {
  const node = document.createElement(name);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
}

function typeName(type) {
  if (type.kind === "NON_NULL") return `${typeName(type.ofType)}!`;
  if (type.kind === "LIST") return `[${typeName(type.ofType)}]`;
  return type.name;
}

function link(type) {
  const node = element("a", typeName(type));
  node.href = `#type-${typeName(type).replace(/[[\]!]/g, "")}`;
  return node;
}

function argument(arg) {
  const line = element("li", "", element("code", `${arg.name}: `, link(arg.type)));
  if (arg.defaultValue) line.append(element("code", ` = ${arg.defaultValue}`));
  if (arg.description) line.append(element("p", arg.description));
  return line;
}

function member(field) {
  const title = element("code", field.name);
  if (field.type) title.append(": ", link(field.type));
  const node = element("li", "", title);
  if (field.description) node.append(element("p", field.description));
  if (field.args?.length) node.append(element("ul", "", ...field.args.map(argument)));
  return node;
}

function section(type) {
  const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  const node = element("details", "", element("summary", type.name));
  node.id = `type-${type.name}`;
  node.open = FIRST.includes(type.name);
  if (type.description) node.append(element("p", type.description));
  node.append(element("ul", "", ...members.map(member)));
  node.dataset.names = [type.name, ...members.map((field) => field.name)].join(" ").toLowerCase();
  return node;
}

function rank(type) {
  const place = FIRST.indexOf(type.name);
  return place < 0 ? FIRST.length : place;
}

// Fills `place` with the types of the schema. `find` is the search field above them.
export async function showSchema(place, find, send) {
  try {
    const { data } = await send({ query: INTROSPECTION });
    const types = data.__schema.types.filter((type) => !type.name.startsWith("__"));
    types.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
    place.replaceChildren(...types.map(section));
  } catch (error) {
    place.textContent = `The schema could not be read: ${error.message}`;
  }
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    for (const node of place.children) node.hidden = !node.dataset.names.includes(text);
  });
  place.addEventListener("click", ({ target }) => {
    const section = target.hash && document.querySelector(target.hash);
    if (section) {
      section.hidden = false;
      section.open = true;
    }
  });
}
