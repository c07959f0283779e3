import { defineConfig } from "vitest/config";

/** Unit tests lie beside the code. Tests under test/ run a real gateway, PostgreSQL and warehouse. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/harness/postgres.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
