// As `nest new` makes it for NestJS 12.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { globals: true, root: import.meta.dirname, include: ['*.test.ts'] },
});
