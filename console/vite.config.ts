import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { catalogs } from './build/catalogs';
import { languages } from './build/languages';
import { macros } from './build/macros';
import { release } from './build/release';
import { systemFonts } from './build/systemFonts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The Portico that `npm run dev` passes the API's requests to. */
const api = process.env['PORTICO_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig(({ command }) => ({
  // The built page finds its files by the <base> element, wherever the server is.
  base: command === 'build' ? './' : '/console/',
  plugins: [
    languages(),
    catalogs(here('./src/'), here('./src/gql/')),
    systemFonts(),
    macros(here('./src/gql/')),
    react(),
    release(here('./src/gql/persisted-documents.json')),
  ],
  resolve: { alias: { 'react-style-singleton': here('./src/graphiql/styleSingleton.ts') } },
  build: {
    outDir: '../app/console/built',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Nothing is inlined: the content security policy allows no scripts or fonts from data: addresses.
    assetsInlineLimit: 0,
    target: ['chrome111', 'firefox114', 'safari16.4'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: [here('./index.html'), here('./graphiql.html')] },
  },
  server: {
    // The API takes the cookie only where Origin and Host are the same address, as the browser sends them: neither is
    // changed on the way, so that other pages in the browser stay shut out here, too.
    proxy: { '/graphql': { target: api, changeOrigin: false } },
  },
}));
