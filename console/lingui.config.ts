import type { LinguiConfig } from '@lingui/conf';

export default {
  sourceLocale: 'en',
  locales: ['en', 'de'],
  catalogs: [{ path: 'src/locales/{locale}', include: ['src'], exclude: ['src/gql/**', '**/*.test.*'] }],
  formatOptions: { lineNumbers: false },
  orderBy: 'origin',
} satisfies Partial<LinguiConfig>;
