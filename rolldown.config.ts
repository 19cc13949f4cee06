import { defineConfig, type Plugin } from 'rolldown';

/** These cost an idle tick 1 to 4 ms each, and it uses none of them: they are loaded when something of them is used. */
const lateModules = /^let (\w+) = require\("(node:(?:child_process|crypto|fs\/promises|tty))"\);$/gm;

const loadLate: Plugin = {
  name: 'load-late',
  renderChunk: (code) =>
    code.replace(lateModules, 'let $1 = new Proxy({}, { get: (_, name) => require("$2")[name] });'),
};

/** V8 keeps a source in twice the memory as soon as one character of it needs more than a byte. */
const escapeUnicode: Plugin = {
  name: 'escape-unicode',
  renderChunk: (code) =>
    code.replace(/(?<!\\)[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
};

/** better-sqlite3's own sources are 15 files, each of which takes Node 0.2 ms to find; its binary stays where it is. */
const findBinary: Plugin = {
  name: 'find-binary',
  transform: {
    filter: { id: /better-sqlite3\/lib\/binding\.js$/ },
    handler: (code) =>
      `const folder = require('path').dirname(require.resolve('better-sqlite3'));\n${code.replaceAll('__dirname', 'folder')}`,
  },
};

/**
 * Two bundles of the same sources: `dist`, which is installed, and `dist/under-test`, in which the crash points
 * and the movable clock exist. CommonJS, because `node:http` costs 25 ms more when an ES module imports it.
 */
function bundle(dir: string, underTest: boolean) {
  return defineConfig({
    input: { cli: 'src/cli.ts' },
    platform: 'node',
    plugins: [findBinary, loadLate, escapeUnicode],
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
      // What an idle tick needs is in three files instead of forty.
      codeSplitting: {
        groups: [
          { name: 'start', tags: ['$initial'], priority: 1 },
          { name: 'tick', test: /\/src\/(commands\/poll|forge\/registry|forge\/github\/github)\.ts$/ },
        ],
      },
    },
  });
}

export default [bundle('dist', false), bundle('dist/under-test', true)];
