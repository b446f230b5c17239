import { defineConfig } from 'vitest/config';

// The test runner's report of a failure needs this from Node 21 on; older ones get it here.
const maps = Map as unknown as { groupBy?: (items: Iterable<unknown>, key: (item: unknown) => unknown) => Map<unknown, unknown[]> };
maps.groupBy ??= (items, key) => {
  const groups = new Map<unknown, unknown[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
};

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
