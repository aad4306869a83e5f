import { defineConfig } from "vitest/config";

export default defineConfig({ test: { environment: "jsdom", setupFiles: ["tests/browser.ts"], include: ["tests/**/*.test.ts"] } });
