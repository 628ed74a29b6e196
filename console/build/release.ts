import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(js|css|svg|json)$/;
const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;

/** Writes what the server needs beside the app: the documents, the licences of the packages in it, and each file
 *  compressed by gzip and Brotli. `documents` is the file that codegen writes. */
export function release(documents: string): Plugin {
  const packages = new Set<string>();
  let folder = '';
  return {
    name: 'release',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir);
    },
    generateBundle(_options, bundle) {
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue;
        for (const id of output.moduleIds) {
          const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replace(/^\0/, ''));
          if (found) packages.add(found[0]);
        }
      }
      this.emitFile({ type: 'asset', fileName: 'documents.json', source: readFileSync(documents) });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: [...packages].sort().map(licence).join('\n') });
    },
    closeBundle() {
      const assets = join(folder, 'assets');
      if (!existsSync(assets)) return;
      for (const name of readdirSync(assets).filter((file) => COMPRESSIBLE.test(file))) {
        const content = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content, { params }));
      }
    },
  };
}

/** The name, version and licence of a package, with the text of its licence. */
function licence(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
  const file = readdirSync(folder).find((name) => LICENCE_FILE.test(name));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
  return [`${about['name']} ${about['version']} (${about['license'] ?? 'see below'})`, '', text, '', '-'.repeat(80)].join('\n');
}

