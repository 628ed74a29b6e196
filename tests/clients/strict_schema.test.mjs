// What strict clients expect of a schema: all rules of @graphql-eslint for Relay, all recommended ones, and some more.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import plugin from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { buildSchema, isObjectType } from 'graphql';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCHEMA = 'schema/schema.graphql';

const { rules: recommended } = plugin.configs['flat/schema-recommended'];
const { rules: relay } = plugin.configs['flat/schema-relay'];
const RULES = {
  ...recommended,
  ...relay,
  // The public contract has `nodes: [T!]!` beside the edges of each connection, and lists such as `errors` of each payload.
  '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
  // An id for every type, payloads and `Site` among them: the contract has values without one. The last test asks for what
  // a cache needs of it: whatever has an id is a Node.
  '@graphql-eslint/strict-id-in-types': 'off',
  '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
  '@graphql-eslint/input-name': 'error',
};

/** What rules find that we leave as it is, and why. An exception that is not needed any more fails. */
const EXCEPTIONS = {
  'Field "billingEmail" starts with the name of the parent type "Billing"': 'the public contract calls it so',
  'Field "webhookId" starts with the name of the parent type "Webhook"': 'a plain `id` is that of a node',
  'Field "viewerCan" starts with the name of the parent type "Viewer"': 'it is called so on every type',
};

/** What the rules find in an SDL. */
async function findings(text) {
  const parserOptions = { graphQLConfig: { schema: `${ROOT}${SCHEMA}` } };
  const overrideConfig = [
    { files: ['**/*.graphql'], plugins: { '@graphql-eslint': plugin }, languageOptions: { parser: plugin.parser, parserOptions }, rules: RULES },
  ];
  const eslint = new ESLint({ cwd: ROOT, overrideConfigFile: true, overrideConfig });
  const [{ messages }] = await eslint.lintText(text, { filePath: `${ROOT}${SCHEMA}` });
  return messages.map(({ message }) => message);
}

const SDL = readFileSync(`${ROOT}${SCHEMA}`, 'utf8');

test('the schema is what strict clients expect', async () => {
  assert.deepEqual((await findings(SDL)).sort(), Object.keys(EXCEPTIONS).sort());
});

test('the rules are in force', async () => {
  const worse = SDL.replace('  pageInfo: PageInfo!', '  page: PageInfo!').replace(/"""[^"]*"""\n(?=type Viewer )/, '');
  const found = (await findings(worse)).filter((message) => !(message in EXCEPTIONS));
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found.join(), /PageInfo/);
  assert.match(found.join(), /Description is required for type "Viewer"/);
});

test('what has an id of its own is a Node, and can be asked for by it', () => {
  const types = Object.values(buildSchema(SDL).getTypeMap()).filter(isObjectType);
  // Sessions and passkeys are only in the lists of their user, who ends them there. An event of the feed is an audit
  // event in short, and has its id.
  const others = ['Session', 'Passkey', 'Event'];
  const withId = types.filter((type) => type.getFields().id && !others.includes(type.name));
  assert.ok(withId.length > 5);
  for (const type of withId) assert.ok(type.getInterfaces().some(({ name }) => name === 'Node'), type.name);
});
