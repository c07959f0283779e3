import { defineConfig } from "vitest/config";

// Each file starts a warehouse of its own with a million rows, and CI machines are slow.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 60_000 } });
