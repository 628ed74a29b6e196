import { readFileSync } from 'node:fs';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';
import PO from 'pofile';
import type { Plugin } from 'vite';

/** Lets sources import a catalog: `import { messages } from './locales/de.po'`. A missing translation is an error in a
 *  build; in English, the message is its own translation. */
export function catalogs(): Plugin {
  return {
    name: 'catalogs',
    enforce: 'pre',
    load(id) {
      const [path = ''] = id.split('?');
      if (!path.endsWith('.po')) return null;
      this.addWatchFile(path);
      const isSource = path.endsWith('/en.po');
      const messages: Record<string, unknown> = {};
      for (const { msgid, msgstr, msgctxt, obsolete } of PO.parse(readFileSync(path, 'utf8')).items) {
        if (obsolete) continue;
        const translation = msgstr[0] || (isSource ? msgid : '');
        if (!translation) this.warn(`${path}: "${msgid}" is not translated`);
        messages[generateMessageId(msgid, msgctxt)] = compileMessage(translation || msgid);
      }
      return `export const messages = JSON.parse(${JSON.stringify(JSON.stringify(messages))});`;
    },
  };
}
