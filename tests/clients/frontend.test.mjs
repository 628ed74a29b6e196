// Takes the files of the app out of `docs/frontend.md`, builds it as the page says, and runs it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildSchema, parse, validate } from 'graphql';
import { Window } from 'happy-dom';
import { ask, GRAPHQL, PASSWORD, SERVER, signIn } from './portico.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = readFileSync(here('../../docs/frontend.md'), 'utf8');
const APP = here('./generated/frontend/');

// A block is a file if its first line is `// path`, or if the text above it ends with `path`:
const blocks = [...PAGE.matchAll(/(?:`([^`\n]+)`:\n\n)?(?:^<!-- as (\S+) -->\n)?^```(\w+)\n(.*?)^```$/gms)].map(
  ([, named, as, language, text]) => ({ file: /^\/\/ (\S+)\n/.exec(text)?.[1] ?? named, as, language, text }),
);
const files = new Map(blocks.filter(({ file }) => file).map(({ file, text }) => [file, text]));
const modules = [...files.keys()].filter((name) => name.startsWith('src/') && name !== 'src/main.ts');

let app;

before(async () => {
  rmSync(APP, { recursive: true, force: true });
  for (const [name, text] of files) {
    mkdirSync(dirname(join(APP, name)), { recursive: true });
    writeFileSync(join(APP, name), text);
  }
  writeFileSync(join(APP, 'all.ts'), modules.map((name) => `export * from './${name.slice(0, -3)}';`).join('\n'));
  copyFileSync(here('../../schema/schema.graphql'), join(APP, 'schema.graphql'));
  run('npm', 'run', 'build');
  await build({ absWorkingDir: APP, entryPoints: ['all.ts'], bundle: true, format: 'esm', outfile: 'all.mjs' });
  app = await import(join(APP, 'all.mjs'));
});

/** Runs a command in the app's folder. Throws its output if it fails. */
function run(...[command, ...options]) {
  try {
    return execFileSync(command, options, { cwd: APP, encoding: 'utf8', env: { ...process.env, VITE_API_URL: GRAPHQL } });
  } catch (error) {
    throw new Error(`${command}: ${error.stdout}${error.stderr}`);
  }
}

/** A demo user, signed in by the app. */
async function signedIn(email, onSessionEnd = () => assert.fail('signed out')) {
  const portico = new app.Portico(GRAPHQL, onSessionEnd);
  assert.equal(await portico.signIn(email, PASSWORD), null);
  return portico;
}

test('the page installs what the app imports, in the versions that are tested', () => {
  const page = JSON.parse(files.get('package.json'));
  const tested = JSON.parse(readFileSync(here('./package.json'), 'utf8'));
  const installed = { ...page.dependencies, ...page.devDependencies };
  for (const [name, range] of Object.entries(installed)) assert.equal(range.replace(/^[~^]/, ''), tested.devDependencies[name], name);
  assert.deepEqual(page.overrides, tested.overrides);
  const imported = new Set([...files.values()].flatMap((source) => [...source.matchAll(/from '([^.][^']*)'/g)].map(([, name]) => name)));
  assert.deepEqual([...imported].filter((name) => !(name in installed)), []);
});

test('every file compiles, strictly', () => {
  const { include, compilerOptions } = JSON.parse(files.get('tsconfig.json'));
  assert.deepEqual(include, ['src']);
  for (const option of ['strict', 'noUncheckedIndexedAccess', 'noPropertyAccessFromIndexSignature', 'noUnusedLocals']) assert.equal(compilerOptions[option], true, option);
  run('npx', '--no-install', 'tsc');
});

test('a mistyped field does not compile', () => {
  const path = join(APP, 'src/mistaken.ts');
  writeFileSync(path, `import type { Page } from './services';\nexport const city = (page: Page) => page.nodes[0]?.site.town;\n`);
  try {
    assert.throws(() => run('npx', '--no-install', 'tsc'), /'town' does not exist/);
  } finally {
    rmSync(path);
  }
});

test('a failed sign-in has a message, and signing out ends the session', async () => {
  const portico = new app.Portico(GRAPHQL, () => {});
  assert.match(await portico.signIn('pia@pear.example', 'wrong-password'), /password/);
  assert.equal(await portico.signIn('pia@pear.example', PASSWORD), null);
  assert.equal((await app.services(portico.client, {})).totalCount, 2);
  await portico.signOut();
  // The same query as before: the cache of the signed-out user must be gone.
  for (const variables of [{}, { first: 1 }]) {
    await assert.rejects(app.services(portico.client, variables), (error) => app.codesOf(error).includes('UNAUTHENTICATED'));
  }
});

test('a session that has ended leads to the sign-in form, once', async () => {
  let calls = 0;
  const portico = await signedIn('pia@pear.example', () => (calls += 1));
  await portico.client.mutation('mutation { signOut { signedOut } }', {});
  for (const first of [1, 2]) await assert.rejects(app.services(portico.client, { first }));
  assert.equal(calls, 1);
});

/** Runs `work` in a page of the server, whose requests have the origin and cookies of a browser's. Returns all `Set-Cookie`. */
async function inPage(work) {
  const { fetch } = globalThis;
  const set = [];
  globalThis.fetch = async (url, options) => {
    const headers = new Headers({ ...options.headers, origin: SERVER, 'sec-fetch-site': 'same-origin' });
    const cookie = set.at(-1)?.split(';')[0];
    if (cookie && !cookie.endsWith('=')) headers.set('cookie', cookie);
    const answer = await fetch(url, { ...options, headers });
    set.push(...answer.headers.getSetCookie());
    return answer;
  };
  try {
    await work();
  } finally {
    globalThis.fetch = fetch;
  }
  return set;
}

test('a page of the server signs in with a cookie, and out', async () => {
  let ends = 0;
  const client = app.sameOriginClient(() => (ends += 1), GRAPHQL);
  const set = await inPage(async () => {
    assert.match(await app.signInWithCookie(client, 'pia@pear.example', 'wrong-password'), /password/);
    assert.equal(await app.signInWithCookie(client, 'pia@pear.example', PASSWORD), null);
    assert.equal((await app.services(client, {})).totalCount, 2);
    await client.mutation('mutation { signOut { signedOut } }', {});
    await assert.rejects(app.services(client, { first: 1 }));
  });
  assert.equal(ends, 1);
  assert.match(set[0], /; HttpOnly; SameSite=Strict/);
  assert.match(set[1], /=; Max-Age=0/);
  assert.equal(set.length, 2);
});

test('pages forward and back, filtered and ordered', async () => {
  const { client } = await signedIn('ada@acme.example');
  const asked = { filter: { search: 'pear' }, orderBy: 'CODE_DESC' };
  assert.equal((await app.services(client, { filter: { status: [] } })).totalCount, 0);
  const order = { orderBy: 'CODE_DESC' };
  const codes = ({ nodes }) => nodes.map(({ code }) => code.slice(-1)).join('');
  const first = await app.services(client, { ...order, first: 2 });
  const second = await app.turnPage(client, first, 'next', order, 2);
  const third = await app.turnPage(client, second, 'next', order, 2);
  assert.deepEqual([first, second, third].map(codes), ['65', '43', '21']);
  assert.deepEqual([first.totalCount, await app.turnPage(client, third, 'next', order, 2)], [6, null]);
  assert.equal(codes(await app.turnPage(client, third, 'previous', order, 2)), '43');
  assert.equal(await app.turnPage(client, first, 'previous', order, 2), null);
  await assert.rejects(
    app.turnPage(client, first, 'next', { orderBy: 'CODE_ASC' }),
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

test('a new user is created, or each field of the form has its messages', async () => {
  const { client } = await signedIn('ada@acme.example');
  const email = `fay.${Date.now()}@acme.example`;
  const input = { email, firstName: 'Fay', lastName: 'Wood', allContractAccounts: true };
  const done = await app.createUser(client, input);
  assert.deepEqual([done.user?.displayName, done.user?.status], ['Fay Wood', 'PENDING']);
  const refused = await app.createUser(client, { ...input, firstName: '', contractAccounts: ['ca_01900000-0000-7000-8000-000000000000'], allContractAccounts: false });
  assert.deepEqual([...refused.messages.keys()].sort(), ['contractAccounts', 'email', 'firstName']);
  const malformed = await app.createUser(client, { ...input, email: 'fay', phone: '020 123', country: 'Holland', contractAccounts: ['42'] });
  assert.deepEqual([...malformed.messages.keys()].sort(), ['contractAccounts', 'country', 'email', 'phone']);
});

const takesVariables = ({ text }) => /^(mutation|query) \w+\(/.test(text);

test('the operations with variables on the page are valid', () => {
  const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));
  const operations = blocks.filter((block) => !block.file && takesVariables(block));
  assert.ok(operations.length > 0);
  for (const { text } of operations) assert.deepEqual(validate(schema, parse(text)), []);
});

test('the queries on the page return what it shows', async () => {
  const shown = blocks.filter((block) => !block.file && !takesVariables(block) && ['graphql', 'json'].includes(block.language));
  for (let index = 0; index < shown.length; index += 2) {
    const [query, answer] = shown.slice(index, index + 2);
    assert.deepEqual([query.language, answer.language], ['graphql', 'json']);
    // What the operation costs stands beside the data, and changes with the schema.
    const { data, errors } = await ask(query.text, {}, await signIn(query.as));
    assert.deepEqual([{ data }, errors], [JSON.parse(answer.text), undefined]);
  }
  assert.ok(shown.length > 0);
});

test('the built page signs in, shows the services, turns pages and signs out', async () => {
  const window = new Window({ url: 'http://localhost:5173/' });
  const { document } = window;
  document.write(files.get('index.html').replace(/<script.*<\/script>/, ''));
  // The only globals of a browser that the page uses, besides those that Node has.
  Object.assign(globalThis, { document, FormData: window.FormData });
  const [script] = readdirSync(join(APP, 'dist/assets')).filter((name) => name.endsWith('.js'));
  await import(join(APP, 'dist/assets', script));
  const text = (selector) => document.querySelector(selector).textContent.trim();
  const items = () => [...document.querySelectorAll('li')].map(({ textContent }) => textContent.slice(0, 10));
  const act = async (action, done) => {
    action();
    for (let tries = 0; !done(); tries += 1) {
      assert.ok(tries < 200, `${action}: ${document.body.textContent}`);
      await setTimeout(50);
    }
  };
  const click = (selector) => () => document.querySelector(selector).click();
  const signInAs = (email, password) => () => {
    document.querySelector('[name=email]').value = email;
    document.querySelector('[name=password]').value = password;
    document.querySelector('#sign-in button').click();
  };
  const form = document.querySelector('#sign-in');
  await act(signInAs('ada@acme.example', 'wrong-password'), () => /password/.test(text('#message')));
  await act(signInAs('ada@acme.example', PASSWORD), () => form.hidden && text('#message') === '');
  assert.deepEqual([text('h1'), items().length, document.querySelector('#previous').disabled], ['6 services', 4, true]);
  await act(click('#next'), () => items().length === 2);
  assert.deepEqual([items(), document.querySelector('#next').disabled], [['SVC-000005', 'SVC-000006'], true]);
  await act(click('#previous'), () => items().length === 4);
  await act(click('#sign-out'), () => !form.hidden);
  await act(signInAs('pia@pear.example', PASSWORD), () => form.hidden);
  assert.deepEqual([text('h1'), items()], ['2 services', ['SVC-000001', 'SVC-000002']]);
  await window.happyDOM.close();
});

test('no block is left out', () => {
  const rest = blocks.filter((block) => !block.file && !takesVariables(block)).map(({ language }) => language);
  assert.deepEqual(rest, ['sh', 'sh', 'sh', ...Array(5).fill(['graphql', 'json']).flat()]);
  assert.deepEqual([...files.keys()].filter((name) => !/^(src\/.*\.ts|codegen\.ts|package\.json|tsconfig\.json|index\.html)$/.test(name)), []);
});
