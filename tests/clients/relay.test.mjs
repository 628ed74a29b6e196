// relay-compiler takes the schema and the documents in `relay/`, and relay-runtime runs what it made of them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import relay from 'relay-runtime';
import { ask, signIn } from './portico.mjs';

const { commitMutation, ConnectionHandler, Environment, fetchQuery, getSelector, Network, RecordSource, ROOT_ID, Store } = relay;
const folder = new URL('./relay/', import.meta.url);
const artifacts = new URL('__generated__/', folder);
const made = async (name) => (await import(new URL(`bundled/${name}.graphql.js`, artifacts))).default;

let environment;

before(async () => {
  mkdirSync(artifacts, { recursive: true });
  execFileSync('npx', ['relay-compiler', 'relay.config.json'], { cwd: folder });
  const entryPoints = readdirSync(artifacts).filter((name) => name.endsWith('.graphql.js'));
  await build({ absWorkingDir: fileURLToPath(artifacts), entryPoints, bundle: true, format: 'esm', outdir: 'bundled' });
  const token = await signIn('ada@acme.example');
  const network = Network.create((request, variables) => ask(request.text, variables, token));
  environment = new Environment({ network, store: new Store(new RecordSource()) });
});

/** What the store holds for a fragment, of what a query or another fragment has read. */
const read = (fragment, reference) => environment.lookup(getSelector(fragment, reference)).data;

test('a page of services, and then the next ones, into one list', async () => {
  const [page, next, list, row] = await Promise.all(
    ['services_PageQuery', 'services_NextQuery', 'services_list', 'services_row'].map(made),
  );
  const { viewer } = await fetchQuery(environment, page, {}).toPromise();
  let seen = read(list, viewer.organization);
  assert.equal(seen.services.totalCount, 6);
  const sizes = [seen.services.edges.length];
  while (seen.services.pageInfo.hasNextPage) {
    const variables = { id: viewer.organization.id, count: 2, cursor: seen.services.pageInfo.endCursor };
    await fetchQuery(environment, next, variables).toPromise();
    seen = read(list, viewer.organization);
    sizes.push(seen.services.edges.length);
  }
  assert.deepEqual(sizes, [2, 4, 6]);
  const codes = seen.services.edges.map((edge) => edge.node.code);
  assert.deepEqual(codes, [1, 2, 3, 4, 5, 6].map((number) => `SVC-00000${number}`));
  assert.deepEqual(read(row, seen.services.edges[5].node).deliveryAccount, { name: 'ACME North' });
});

test('a fragment is fetched again by the id of its node', async () => {
  const [newest, card, again] = await Promise.all(['users_NewestQuery', 'users_card', 'users_CardQuery'].map(made));
  const { users } = await fetchQuery(environment, newest, { count: 3 }).toPromise();
  assert.equal(users.edges.length, 3);
  const { node } = users.edges[0];
  const { node: found } = await fetchQuery(environment, again, { id: node.id }).toPromise();
  assert.deepEqual(read(card, found), read(card, node));
  assert.ok(read(card, found).viewerCan.includes('VIEW'));
});

test('the list grows from its end', async () => {
  const newest = await made('users_NewestQuery');
  const { users } = await fetchQuery(environment, newest, { count: 2 }).toPromise();
  assert.ok(users.pageInfo.hasPreviousPage);
  const more = { count: 2, cursor: users.pageInfo.startCursor };
  await fetchQuery(environment, newest, more).toPromise();
  const connection = ConnectionHandler.getConnectionID(ROOT_ID, 'users_newest_users');
  assert.equal(environment.getStore().getSource().get(connection).edges.__refs.length, 4);
});

test('a mutation puts the new user into the list, and a refused one tells why', async () => {
  const [newest, create] = await Promise.all(['users_NewestQuery', 'users_CreateMutation'].map(made));
  const connection = ConnectionHandler.getConnectionID(ROOT_ID, 'users_newest_users');
  const commit = (input) =>
    new Promise((onCompleted, onError) =>
      commitMutation(environment, { mutation: create, variables: { input, connections: [connection] }, onCompleted, onError }),
    );
  const email = `rita.${Date.now()}@acme.example`;
  const input = { email, firstName: 'Rita', lastName: 'Lay', allContractAccounts: true };
  const done = await commit(input);
  assert.deepEqual(done.createUser.errors, []);
  const { users } = environment.lookup(relay.createOperationDescriptor(newest, { count: 2 }).fragment).data;
  assert.equal(users.edges.at(-1).node.email, email);
  const refused = await commit(input);
  assert.equal(refused.createUser.user, null);
  assert.deepEqual(refused.createUser.errors.map(({ code, path }) => [code, ...path]), [['EMAIL_TAKEN', 'input', 'email']]);
});
