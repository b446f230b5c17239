import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: { root: "..", include: ["console/src/**/*.test.{ts,tsx}", "kit/src/**/*.test.ts", "api/src/**/*.test.ts"] },
});
