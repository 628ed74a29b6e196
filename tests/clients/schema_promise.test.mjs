// The promise to clients is kept by the schema as it is, and a change that breaks it is found.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { broken, CURRENT, RELEASED, unreleasable } from './schema_promise.mjs';

const TODAY = new Date('2027-03-01T12:00:00Z');

const schema = (user, rest = '') => `
  type Query { user(id: ID!, brief: Boolean = false): User  find(filter: Filter): User }
  type User { id: ID! ${user} }
  input Filter { name: String  status: [Status!] }
  enum Status { ACTIVE REMOVED }
  ${rest}`;
const RELEASE = schema('name: String!');
const deprecated = (reason) => schema(`name: String! @deprecated(reason: "${reason}")`);

test('the schema keeps what the last release has', async () => {
  const [released, current] = [RELEASED, CURRENT].map((path) => readFileSync(path, 'utf8'));
  assert.deepEqual(await broken(released, current, new Date()), []);
});

test('what is added breaks nothing', async () => {
  const current = schema('name: String! email: String', 'type Extra { id: ID! }')
    .replace('find(', 'all(first: Int): [Extra!]! find(limit: Int, ')
    .replace('REMOVED', 'REMOVED EXPIRED')
    .replace('name: String  status', 'name: String email: String status');
  assert.deepEqual(await broken(RELEASE, current, TODAY), []);
});

const BREAKING = {
  'a field that is gone': [schema('other: Int'), /name.* was removed/],
  'a type that is gone': [RELEASE.replace('find(filter: Filter)', 'find').replace(/input .*\n/, ''), /Type 'Filter' was removed/],
  'a field that may be null now': [schema('name: String'), /changed type/],
  'an argument that is gone': [RELEASE.replace(', brief: Boolean = false', ''), /brief/],
  'an argument with another default': [RELEASE.replace('= false', '= true'), /[Dd]efault/],
  'a new argument that must be given': [RELEASE.replace('find(', 'find(limit: Int!, '), /limit/],
  'an enum value that is gone': [RELEASE.replace('ACTIVE ', ''), /ACTIVE/],
  'an input field that is gone': [RELEASE.replace('name: String  status', 'status'), /name/],
};
for (const [what, [current, message]] of Object.entries(BREAKING)) {
  test(`${what} is refused`, async () => {
    const found = await broken(RELEASE, current, TODAY);
    assert.equal(found.filter((line) => message.test(line)).length, 1, found.join('\n'));
  });
}

test('what was deprecated long enough may go, and its types with it', async () => {
  const released = deprecated('Use `id`. Removed after 2027-02-28.');
  assert.deepEqual(await broken(released, schema(''), TODAY), []);
  assert.deepEqual(await broken(released, released, TODAY), []);
  const withType = schema('name: Name! @deprecated(reason: "Use `id`. Removed after 2027-02-28.")', 'type Name { first: String }');
  assert.deepEqual(await broken(withType, schema(''), TODAY), []);
});

test('the same holds for arguments, input fields and enum values', async () => {
  const gone = '@deprecated(reason: "No use. Removed after 2027-02-28.")';
  const released = RELEASE.replace('= false', `= false ${gone}`)
    .replace('name: String  status', `name: String ${gone} status`)
    .replace('REMOVED', `REMOVED ${gone}`);
  const current = RELEASE.replace(', brief: Boolean = false', '').replace('name: String  ', '').replace(' REMOVED', '');
  assert.deepEqual(await broken(released, current, TODAY), []);
  assert.equal((await broken(RELEASE, current, TODAY)).length, 3);
});

test('a type that something else still leads to stays', async () => {
  const released = schema('name: Name! @deprecated(reason: "Use `id`. Removed after 2027-02-28.") other: Name', 'type Name { first: String }');
  const found = await broken(released, schema('other: String'), TODAY);
  assert.ok(found.some((line) => /Name/.test(line)), found.join('\n'));
});

test('what was deprecated too recently is refused, to its last day', async () => {
  for (const day of ['2027-03-01', '2027-03-02', '2027-08-28']) {
    const found = await broken(deprecated(`Use id. Removed after ${day}.`), schema(''), TODAY);
    assert.equal(found.length, 1, day);
  }
});

test('a deprecation that only this change makes opens nothing', async () => {
  assert.equal((await broken(RELEASE, schema(''), TODAY)).length, 1);
});

test('a deprecation must name its day', async () => {
  for (const reason of ['Old.', 'Removed after 2027-06-01.', 'Use id. Removed after 2027-06-31x.', 'Use id. Removed after soon.']) {
    assert.equal((await broken(RELEASE, deprecated(reason), TODAY)).length, 1, reason);
  }
  assert.deepEqual(await broken(RELEASE, deprecated('Use id. Removed after 2027-03-02.'), TODAY), []);
});

test('a day that was promised does not come nearer', async () => {
  const [near, far] = ['2027-09-01', '2027-12-01'].map((day) => deprecated(`Use id. Removed after ${day}.`));
  assert.equal((await broken(far, near, TODAY)).length, 1);
  assert.deepEqual(await broken(near, far, TODAY), []);
});

test('a release gives notice long enough', async () => {
  assert.equal((await unreleasable(RELEASE, deprecated('Use id. Removed after 2027-08-27.'), TODAY)).length, 1);
  assert.deepEqual(await unreleasable(RELEASE, deprecated('Use id. Removed after 2027-08-29.'), TODAY), []);
  const old = deprecated('Use id. Removed after 2027-03-02.');
  assert.deepEqual(await unreleasable(old, old, TODAY), []);
});
