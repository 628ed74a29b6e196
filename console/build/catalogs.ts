import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';
import PO from 'pofile';
import type { Plugin } from 'vite';
import { CATALOG } from './bringMessages';
import { readSource } from './sources';

/** What every page has: its messages are in no other catalog. */
const FIRST = 'main.tsx';

/** Lets sources import the catalog of a module: `import { messages } from 'messages:de:./UsersPage'` has the messages of
 *  that module and of all that it imports, but for those that come with the first screen. */
export function catalogs(sources: string, artifacts: string): Plugin {
  const untranslated = new Set<string>();
  return {
    name: 'catalogs',
    enforce: 'pre',
    resolveId(source, importer) {
      const [, language, module] = /^messages:(\w+):(.+)$/.exec(source) ?? [];
      if (!language || !module || !importer) return null;
      const path = fileOf(resolve(dirname(importer), module));
      // The last part is the name of the chunk.
      return path && `\0${CATALOG}${path}/${language}.${basename(path).replace(/\.tsx?$/, '')}.catalog`;
    },
    async load(id) {
      const [, path, language] = /^\0messages:(.+)\/(\w+)\.[^/]+\.catalog$/.exec(id) ?? [];
      if (!path || !language) return null;
      const messages = await messagesOf(path, artifacts);
      const first = join(sources, FIRST);
      if (path !== first) for (const known of (await messagesOf(first, artifacts)).keys()) messages.delete(known);
      const translations = translationsOf(join(sources, 'locales', `${language}.po`));
      this.addWatchFile(join(sources, 'locales', `${language}.po`));
      const compiled: Record<string, unknown> = {};
      for (const [key, message] of messages) {
        if (language !== 'en' && !translations.has(key) && untranslated.size < untranslated.add(message).size)
          this.warn(`"${message}" is not translated into ${language}`);
        compiled[key] = compileMessage((language !== 'en' && translations.get(key)) || message);
      }
      return `export const messages = JSON.parse(${JSON.stringify(JSON.stringify(compiled))});`;
    },
  };
}

/** The messages of a module and of all that it imports statically, by id. */
async function messagesOf(path: string, artifacts: string): Promise<Map<string, string>> {
  const messages = new Map<string, string>();
  const paths = new Set([path]);
  for (const current of paths) {
    const source = await readSource(current, readFileSync(current, 'utf8'), artifacts);
    for (const [id, message] of source.messages) messages.set(id, message);
    for (const imported of source.imports) {
      const file = imported.startsWith('.') && fileOf(resolve(dirname(current), imported));
      if (file) paths.add(file);
    }
  }
  return messages;
}

function fileOf(module: string): string | undefined {
  const candidates = [module, `${module}.ts`, `${module}.tsx`, join(module, 'index.ts')];
  return candidates.find((path) => /\.tsx?$/.test(path) && existsSync(path) && statSync(path).isFile());
}

function translationsOf(path: string): Map<string, string> {
  const { items } = PO.parse(readFileSync(path, 'utf8'));
  return new Map(items.flatMap(({ msgid, msgctxt, msgstr: [text], obsolete }) => (text && !obsolete ? [[generateMessageId(msgid, msgctxt), text]] : [])));
}
