import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// vitest 5 reports failures with Map.groupBy, which Node 20 lacks; without this a red test shows no reason.
Map.groupBy ??= <K, V>(items: Iterable<V>, keyOf: (item: V, index: number) => K): Map<K, V[]> => {
  const groups = new Map<K, V[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
};

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  test: { root: "..", include: ["console/src/**/*.test.{ts,tsx}", "kit/src/**/*.test.ts", "api/src/**/*.test.ts"] },
});
