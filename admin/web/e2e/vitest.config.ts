import { defineConfig } from 'vitest/config'

// The pages in a browser, against a running server: what must be told is in harness.ts.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false, // one browser, one server
    sequence: { concurrent: false },
  },
})
