import { defineConfig } from 'rolldown';

/**
 * Two bundles of the same sources: `dist`, which is installed, and `dist-test`, in which the crash points
 * and the movable clock exist. CommonJS, because `node:http` costs 25 ms more when an ES module imports it.
 */
function bundle(dir: string, underTest: boolean) {
  return defineConfig({
    input: { cli: 'src/cli.ts' },
    platform: 'node',
    external: ['better-sqlite3'],
    transform: { define: { __UNDER_TEST__: String(underTest) } },
    output: {
      dir,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      exports: 'named',
      // An `import()` of node:http that is left as it is goes through Node's ES module loader, which reads all
      // its exports, and one of them loads undici: 20 ms of CPU, as much as starting Node.
      dynamicImportInCjs: false,
      comments: false,
    },
  });
}

export default [bundle('dist', false), bundle('dist/under-test', true)];
