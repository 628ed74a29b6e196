// Generates src/gql/ (types and documents) from the schema and the `graphql(…)` calls in src/, by the client preset of
// GraphQL Code Generator. With --text, the app sends its documents as text instead of by their SHA-256, so that a
// development server can be used with any Portico.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import { addTypenameSelectionDocumentTransform, preset } from '@graphql-codegen/client-preset';
import { buildSchema, parse } from 'graphql';

const CONSOLE = dirname(dirname(fileURLToPath(import.meta.url)));
const SCHEMA = join(CONSOLE, '..', 'schema', 'schema.graphql');
const SOURCES = join(CONSOLE, 'src');
const OUTPUT = join(SOURCES, 'gql/');
const CALL = /\bgraphql\(\s*(?:\/\*[^*]*\*\/\s*)?`([^`]*)`/g;

/** The documents in the sources, in the form that code generation takes. */
function documents() {
  const files = readdirSync(SOURCES, { recursive: true }).filter((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name));
  return files
    .sort()
    .filter((name) => !name.startsWith('gql/'))
    .flatMap((name) => {
      const location = join(SOURCES, name);
      return [...readFileSync(location, 'utf8').matchAll(CALL)].map(([, text]) => {
        try {
          return { location, rawSDL: text, document: parse(text) };
        } catch (error) {
          throw new Error(`${location}: ${error.message}`, { cause: error });
        }
      });
    });
}

const sdl = readFileSync(SCHEMA, 'utf8');
const config = {
  enumType: 'string-literal',
  useTypeImports: true,
  defaultScalarType: 'unknown',
  scalars: { DateTime: 'string', EmailAddress: 'string', PhoneNumber: 'string', CountryCode: 'string', LongText: 'string' },
};
const sections = await preset.buildGeneratesSection({
  baseOutputDir: OUTPUT,
  schema: parse(sdl),
  schemaAst: buildSchema(sdl),
  documents: documents(),
  config,
  presetConfig: {
    fragmentMasking: false,
    persistedDocuments: {
      mode: process.argv.includes('--text') ? 'embedHashInDocument' : 'replaceDocumentWithHash',
      hashAlgorithm: 'sha256',
    },
  },
  plugins: [],
  pluginMap: {},
  documentTransforms: [{ name: 'typename', transformObject: addTypenameSelectionDocumentTransform, config: {} }],
});
mkdirSync(OUTPUT, { recursive: true });
// The documents come last: they are known when the types have been generated.
await Promise.all(
  sections.map(async (section) => {
    const content = await codegen({ ...section, cache: undefined });
    writeFileSync(section.filename, content);
  }),
);

// A hash that doesn't fit its text would be rejected by every server: it is checked here, at the build.
const persisted = JSON.parse(readFileSync(join(OUTPUT, 'persisted-documents.json'), 'utf8'));
for (const [hash, text] of Object.entries(persisted)) {
  if (`sha256:${createHash('sha256').update(text).digest('hex')}` !== hash) throw new Error(`${hash} is not the SHA-256 of its document`);
}
