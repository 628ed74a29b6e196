import { join } from 'node:path';
import { type BabelFileResult, type PluginObj, transformAsync, types } from '@babel/core';
import linguiMacro from '@lingui/babel-plugin-lingui-macro';
import { bringMessages } from './bringMessages';
import { documents } from './documents';

/** What the build makes of a source file, and finds in it. */
export interface Source {
  code: string;
  map: NonNullable<BabelFileResult['map']> | null;
  /** What it imports statically, as it is written there. Types are left out. */
  imports: string[];
  /** Its messages by id. In English, a message is its own translation. */
  messages: Map<string, string>;
}

const known = new Map<string, { text: string; source: Promise<Source> }>();

/** Expands the macros of Lingui, puts documents in place of `graphql(…)`, and lets each `import(…)` bring the messages of
 *  what it loads. */
export function readSource(path: string, text: string, artifacts: string): Promise<Source> {
  const found = known.get(path);
  if (found?.text === text) return found.source;
  const source = expand(path, text, artifacts);
  known.set(path, { text, source });
  return source;
}

async function expand(path: string, text: string, artifacts: string): Promise<Source> {
  const imports: string[] = [];
  const messages = new Map<string, string>();
  const result = await transformAsync(text, {
    filename: path,
    babelrc: false,
    configFile: false,
    sourceMaps: true,
    parserOpts: { plugins: ['typescript', 'jsx'] },
    plugins: [
      [linguiMacro, { stripMessageField: false }],
      documents(join(artifacts, 'graphql.ts')),
      collectImports(imports),
      collectMessages(messages),
      bringMessages(),
    ],
  });
  return { code: result?.code ?? text, map: result?.map ?? null, imports, messages };
}

function collectImports(imports: string[]): PluginObj {
  return {
    name: 'imports',
    visitor: {
      ImportDeclaration({ node }) {
        if (node.importKind !== 'type') imports.push(node.source.value);
      },
      ExportNamedDeclaration({ node }) {
        if (node.source && node.exportKind !== 'type') imports.push(node.source.value);
      },
      ExportAllDeclaration({ node }) {
        if (node.exportKind !== 'type') imports.push(node.source.value);
      },
    },
  };
}

/** Takes the messages that the macros have made out of the code: they are in the catalogs. Only a development server
 *  keeps them, so that a new one shows at once. */
function collectMessages(messages: Map<string, string>): PluginObj {
  return {
    name: 'messages',
    visitor: {
      ObjectExpression(path) {
        if (!path.node.leadingComments?.some(({ value }) => value === 'i18n')) return;
        const field = (name: string) =>
          path.get('properties').find((property) => property.isObjectProperty() && types.isIdentifier(property.node.key, { name }));
        const [id, message] = [field('id'), field('message')].map((property) => property?.get('value'));
        if (Array.isArray(id) || Array.isArray(message) || !id?.isStringLiteral() || !message?.isStringLiteral()) return;
        messages.set(id.node.value, message.node.value);
        if (process.env['NODE_ENV'] === 'production') field('message')?.remove();
      },
    },
  };
}
