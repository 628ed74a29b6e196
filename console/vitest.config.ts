import { defineConfig, mergeConfig } from 'vitest/config';
import build from './vite.config';

/** A file of its own, because the build is installed without Vitest. */
export default defineConfig((environment) =>
  mergeConfig(build(environment), {
    test: {
      environment: 'happy-dom',
      include: ['src/**/*.test.{ts,tsx}'],
      setupFiles: ['src/shared/testSetup.ts'],
      unstubGlobals: true,
    },
  }),
);
