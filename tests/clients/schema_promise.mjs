// The promise to clients: what a release has shows in the next one, unless it was deprecated long enough.
//
// `schema/released.graphql` is the schema of the last release. A field, argument, input field or enum value of it may go when it
// is deprecated *there*, and the day that its reason names has passed:
//
//     @deprecated(reason: "Use `displayName`. Removed after 2027-06-01.")
//
// A release gives at least NOTICE_DAYS until that day. `make release-schema` writes `released.graphql` anew.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { pruneSchema } from '@graphql-tools/utils';
import { buildASTSchema, buildSchema, getDirectiveValues, GraphQLDeprecatedDirective, parse, print, visit } from 'graphql';

export const NOTICE_DAYS = 180;
const DAY = 86_400_000;
const REASON = /^\S.* Removed after (\d{4}-\d{2}-\d{2})\.$/s;

/** What inspector calls dangerous only, and changes what a client gets that leaves the argument out. */
const DEFAULTS = new Set(['FIELD_ARGUMENT_DEFAULT_CHANGED', 'INPUT_FIELD_DEFAULT_VALUE_CHANGED']);

/**
 * What `current` breaks of `released` on the day `today`, in words; empty where the promise is kept. Both are SDL.
 * Every deprecation in `current` must name its day, and none may be nearer than the one that was released.
 */
export async function broken(released, current, today) {
  const before = deprecations(released);
  const now = deprecations(current);
  const expired = (coordinate) => before.get(coordinate) && before.get(coordinate).getTime() + DAY <= today.getTime();
  const changes = await diff(stillPromised(released, expired), buildSchema(current));
  return [
    ...changes
      .filter((change) => change.criticality.level === CriticalityLevel.Breaking || DEFAULTS.has(change.type))
      .map((change) => change.message),
    ...[...now].filter(([, day]) => !day).map(([name]) => `${name} is deprecated without "Removed after YYYY-MM-DD."`),
    ...[...before]
      .filter(([name, day]) => day && now.get(name) && now.get(name) < day)
      .map(([name, day]) => `${name} is to go sooner than on ${iso(day)}, which was promised`),
  ];
}

/** What keeps `current` from being released on the day `today`: what it breaks, and deprecations on too short notice. */
export async function unreleasable(released, current, today) {
  const before = deprecations(released);
  const earliest = new Date(today.getTime() + NOTICE_DAYS * DAY);
  const tooSoon = [...deprecations(current)]
    .filter(([name, day]) => day && day < earliest && !before.has(name))
    .map(([name]) => `${name} is deprecated for less than ${NOTICE_DAYS} days: not before ${iso(earliest)}`);
  return [...(await broken(released, current, today)), ...tooSoon];
}

/** The coordinates of all that is deprecated in an SDL, each with the day after which it goes; null where none is named. */
function deprecations(sdl) {
  const found = new Map();
  walk(parse(sdl), (node, coordinate) => {
    const given = getDirectiveValues(GraphQLDeprecatedDirective, node);
    if (given) found.set(coordinate, dayIn(given.reason));
  });
  return found;
}

/** The schema of an SDL without what is expired, and without types that nothing leads to then. */
function stillPromised(sdl, expired) {
  const document = walk(parse(sdl), (_, coordinate) => (expired(coordinate) ? null : undefined));
  return pruneSchema(buildASTSchema(document, { assumeValidSDL: true }));
}

/** Visits whatever can be deprecated, with its coordinate, such as `Query.users(first:)`. */
function walk(document, enter) {
  const path = [];
  const inType = {
    enter: (node) => void path.push(node.name.value),
    leave: () => void path.pop(),
  };
  const inField = {
    enter(node) {
      const result = enter(node, `${path[0]}.${node.name.value}`);
      if (result !== null) path.push(node.name.value);
      return result;
    },
    leave: () => void path.pop(),
  };
  return visit(document, {
    ObjectTypeDefinition: inType,
    InterfaceTypeDefinition: inType,
    InputObjectTypeDefinition: inType,
    EnumTypeDefinition: inType,
    DirectiveDefinition: () => false,
    FieldDefinition: inField,
    EnumValueDefinition: (node) => enter(node, `${path[0]}.${node.name.value}`),
    InputValueDefinition: (node) =>
      enter(node, path.length > 1 ? `${path[0]}.${path[1]}(${node.name.value}:)` : `${path[0]}.${node.name.value}`),
  });
}

function dayIn(reason) {
  const day = new Date(`${REASON.exec(reason ?? '')?.[1]}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? null : day;
}

const iso = (day) => day.toISOString().slice(0, 10);

const file = (name) => fileURLToPath(new URL(`../../schema/${name}`, import.meta.url));
export const RELEASED = file('released.graphql');
export const CURRENT = file('schema.graphql');

if (process.argv[2] === 'release') {
  const current = readFileSync(CURRENT, 'utf8');
  const problems = await unreleasable(readFileSync(RELEASED, 'utf8'), current, new Date());
  if (problems.length === 0) writeFileSync(RELEASED, current);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
