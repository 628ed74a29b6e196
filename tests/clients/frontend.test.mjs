// `docs/frontend.md` is an app that works: its files are taken out of the page, typed by codegen, compiled strictly, and run.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ask, GRAPHQL, PASSWORD, signIn } from './portico.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = readFileSync(here('../../docs/frontend.md'), 'utf8');
const APP = here('./generated/frontend/');

const blocks = [...PAGE.matchAll(/^(?:<!-- as (\S+) -->\n)?```(\w+)\n(.*?)^```$/gms)].map(([, as, language, text]) => ({ as, language, text }));
const files = blocks.filter(({ language }) => language === 'ts').map(({ text }) => [/^\/\/ (\S+)\n/.exec(text)?.[1], text]);

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2022', 'dom'],
    types: [],
    noEmit: true,
  },
  include: ['src'],
};

let app;

before(async () => {
  rmSync(APP, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(APP, name)), { recursive: true });
    writeFileSync(join(APP, name), text);
  }
  writeFileSync(join(APP, 'package.json'), '{"type": "module"}');
  writeFileSync(join(APP, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(join(APP, 'all.ts'), files.filter(([name]) => name.startsWith('src/')).map(([name]) => `export * from './${name.slice(0, -3)}';`).join('\n'));
  copyFileSync(here('../../schema/schema.graphql'), join(APP, 'schema.graphql'));
  run('graphql-codegen');
  await build({ absWorkingDir: APP, entryPoints: ['all.ts'], bundle: true, format: 'esm', outfile: 'all.mjs' });
  app = await import(join(APP, 'all.mjs'));
});

/** Runs a command of `node_modules` in the app; what it says is the message when it fails. */
function run(command, ...options) {
  try {
    return execFileSync('npx', ['--no-install', command, ...options], { cwd: APP, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${command}: ${error.stdout}${error.stderr}`);
  }
}

/** A demo user, signed in by the app. */
async function signedIn(email, whenSignedOut = () => assert.fail('signed out')) {
  const portico = new app.Portico(GRAPHQL, whenSignedOut);
  assert.equal(await portico.signIn(email, PASSWORD), null);
  return portico;
}

test('the page says what to install, and nothing else is used', () => {
  const { devDependencies } = JSON.parse(readFileSync(here('./package.json'), 'utf8'));
  const [{ text }] = blocks.filter(({ language }) => language === 'sh');
  const installed = text.match(/@?[\w-]+(?:\/[\w-]+)?/g).filter((word) => word in devDependencies);
  const imported = new Set(files.flatMap(([, source]) => [...source.matchAll(/from '([^.][^']*)'/g)].map(([, name]) => name)));
  assert.deepEqual([...imported].filter((name) => !installed.includes(name)), []);
});

test('every file compiles, strictly', () => run('tsc', '--project', 'tsconfig.json'));

test('a mistyped field does not compile', () => {
  const path = join(APP, 'src/mistaken.ts');
  writeFileSync(path, `import type { Page } from './services';\nexport const city = (page: Page) => page.nodes[0]?.site.town;\n`);
  try {
    assert.throws(() => run('tsc', '--project', 'tsconfig.json'), /'town' does not exist/);
  } finally {
    rmSync(path);
  }
});

test('who can not sign in is told, and who signs out has no session any more', async () => {
  const portico = new app.Portico(GRAPHQL, () => {});
  assert.match(await portico.signIn('pia@pear.example', 'wrong-password'), /password/);
  assert.equal(await portico.signIn('pia@pear.example', PASSWORD), null);
  assert.equal((await app.services(portico.client, {})).totalCount, 2);
  await portico.signOut();
  await assert.rejects(app.services(portico.client, { first: 1 }), (error) => app.codesOf(error).includes('UNAUTHENTICATED'));
});

test('a session that has ended leads to the sign-in form, once', async () => {
  let told = 0;
  const portico = await signedIn('pia@pear.example', () => (told += 1));
  await portico.client.mutation('mutation { signOut { signedOut } }', {});
  for (const first of [1, 2]) await assert.rejects(app.services(portico.client, { first }));
  assert.equal(told, 1);
});

test('pages forward and back, filtered and ordered', async () => {
  const { client } = await signedIn('ada@acme.example');
  const asked = { filter: { search: 'pear' }, orderBy: 'CODE_DESC' };
  assert.equal((await app.services(client, { filter: { status: [] } })).totalCount, 0);
  const order = { orderBy: 'CODE_DESC' };
  const codes = ({ nodes }) => nodes.map(({ code }) => code.slice(-1)).join('');
  const first = await app.services(client, { ...order, first: 2 });
  const second = await app.turned(client, first, 'next', order, 2);
  const third = await app.turned(client, second, 'next', order, 2);
  assert.deepEqual([first, second, third].map(codes), ['65', '43', '21']);
  assert.deepEqual([first.totalCount, await app.turned(client, third, 'next', order, 2)], [6, null]);
  assert.equal(codes(await app.turned(client, third, 'previous', order, 2)), '43');
  assert.equal(await app.turned(client, first, 'previous', order, 2), null);
  await assert.rejects(
    app.turned(client, first, 'next', { orderBy: 'CODE_ASC' }),
    (error) => app.codesOf(error)[0] === 'BAD_USER_INPUT',
  );
  assert.ok((await app.services(client, asked)).totalCount < 6);
});

test('user management offers what this admin may do and give', async () => {
  const ada = await app.userManagement((await signedIn('ada@acme.example')).client);
  const sam = await app.userManagement((await signedIn('sam@acme.example')).client);
  const sue = await app.userManagement((await signedIn('sue@acme.example')).client);
  assert.deepEqual(sam.contractAccounts.map(({ name }) => name), ['ACME South']);
  assert.ok(ada.permissions.length > sam.permissions.length);
  assert.deepEqual([ada.canCreate, sam.canCreate, sue.canCreate], [true, true, false]);
  const pat = ada.users.find(({ email }) => email === 'pat@acme.example');
  assert.deepEqual(pat.buttons.filter((action) => action === 'RESEND_ACTIVATION').length, 1);
  assert.ok(sue.users.every(({ buttons }) => buttons.length === 0));
});

test('a new user is created, or each field of the form is told what is wrong with it', async () => {
  const { client } = await signedIn('ada@acme.example');
  const email = `fay.${Date.now()}@acme.example`;
  const input = { email, firstName: 'Fay', lastName: 'Wood', allContractAccounts: true };
  const done = await app.createUser(client, input);
  assert.deepEqual([done.user?.displayName, done.user?.status], ['Fay Wood', 'PENDING']);
  const refused = await app.createUser(client, { ...input, firstName: '', contractAccounts: ['ca_01900000-0000-7000-8000-000000000000'], allContractAccounts: false });
  assert.deepEqual([...refused.wrong.keys()].sort(), ['contractAccounts', 'email', 'firstName']);
});

test('the queries of the page have the answers that it shows', async () => {
  const shown = blocks.filter(({ language }) => language === 'graphql' || language === 'json');
  for (let index = 0; index < shown.length; index += 2) {
    const [query, answer] = shown.slice(index, index + 2);
    assert.deepEqual([query.language, answer.language], ['graphql', 'json']);
    // What the operation costs stands beside the data, and changes with the schema.
    const { data, errors } = await ask(query.text, {}, await signIn(query.as));
    assert.deepEqual([{ data }, errors], [JSON.parse(answer.text), undefined]);
  }
  assert.ok(shown.length > 0);
});

test('no block is left out', () => {
  const known = { ts: files.length, sh: 1, graphql: 1, json: 1 };
  for (const { language } of blocks) known[language] -= 1;
  assert.deepEqual(Object.values(known), [0, 0, 0, 0]);
  assert.ok(files.every(([name]) => name));
});
