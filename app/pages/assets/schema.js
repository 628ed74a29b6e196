// The schema, by introspection, as a list that can be searched and followed from type to type.

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
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function typeName(type) {
  if (type.kind === "NON_NULL") return `${typeName(type.ofType)}!`;
  if (type.kind === "LIST") return `[${typeName(type.ofType)}]`;
  return type.name;
}

function link(type) {
  const made = element("a", typeName(type));
  made.href = `#type-${typeName(type).replace(/[[\]!]/g, "")}`;
  return made;
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
  const made = element("li", "", title);
  if (field.description) made.append(element("p", field.description));
  if (field.args?.length) made.append(element("ul", "", ...field.args.map(argument)));
  return made;
}

function section(type) {
  const members = [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])];
  const made = element("details", "", element("summary", type.name));
  made.id = `type-${type.name}`;
  made.open = FIRST.includes(type.name);
  if (type.description) made.append(element("p", type.description));
  made.append(element("ul", "", ...members.map(member)));
  made.dataset.words = [type.name, ...members.map((field) => field.name)].join(" ").toLowerCase();
  return made;
}

function rank(type) {
  const place = FIRST.indexOf(type.name);
  return place < 0 ? FIRST.length : place;
}

// Fills `place` with the types of the schema; `find` is the search field above them.
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
    const word = find.value.trim().toLowerCase();
    for (const made of place.children) made.hidden = !made.dataset.words.includes(word);
  });
  place.addEventListener("click", ({ target }) => {
    const aim = target.hash && document.querySelector(target.hash);
    if (aim) {
      aim.hidden = false;
      aim.open = true;
    }
  });
}
