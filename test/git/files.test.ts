import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { cloneConfig } from '../../src/git/git-config.ts';
import { packedRefsOfClone, readRefs } from '../../src/git/refs.ts';
import { git, openSite } from './site.ts';

const folder = mkdtempSync(join(tmpdir(), 'ampci-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What git-check-ref-format(1) allows in a component. */
const component = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: git forbids them
  .filter((text) => !/[\x00-\x20\x7f~^:?*[\\/]|\.\.|@\{|^\.|\.$|\.lock$/.test(text));
const branchName = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const sha = 'a'.repeat(40);

describe('the configuration of a clone', () => {
  test('reads back as it was meant, whatever the branch and the URL', () => {
    fc.assert(
      fc.property(
        branchName,
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((url) => !url.includes('\0')),
        (branch, url) => {
          const file = join(folder, 'config');
          writeFileSync(file, cloneConfig({ url, branch, sha }));
          const entries = git(folder, 'config', '--file', file, '--list', '--null').split('\0');
          expect(entries).toContain(`remote.origin.url\n${url}`);
          expect(entries).toContain(`branch.${branch}.remote\norigin`);
          expect(entries).toContain(`branch.${branch}.merge\nrefs/heads/${branch}`);
          expect(entries.filter((entry) => entry !== '')).toHaveLength(8);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('references', () => {
  test('are read as git lists them, packed or single', () => {
    using site = openSite();
    const remote = site.remote('web');
    const names = ['main', 'a/b', 'ünï/çode', 'x|y', 'HEAD'];
    for (const name of names) remote.commit(name);
    git(remote.path, 'tag', '-a', '-m', 'x', 'v1', 'main');
    const listed = () =>
      git(remote.path, 'for-each-ref', '--format=%(refname)%00%(objectname)')
        .split('\n')
        .map((line) => line.split('\0'));
    const read = () =>
      [...readRefs(remote.path)].map(([name, value]) => [Buffer.from(name, 'latin1').toString(), value]);
    expect(read().sort()).toEqual(listed().sort());
    git(remote.path, 'pack-refs', '--all');
    expect(read().sort()).toEqual(listed().sort());
    remote.commit('main');
    remote.commit('new');
    expect(read()).toHaveLength(names.length + 2);
    expect(read().sort()).toEqual(listed().sort());
  });

  test('of a clone are in the order that git expects', () => {
    fc.assert(
      fc.property(fc.uniqueArray(branchName, { maxLength: 30 }), branchName, (names, branch) => {
        const refs = new Map(
          names.map((name) => [`refs/heads/${Buffer.from(name).toString('latin1')}`, sha]),
        );
        const lines = packedRefsOfClone(refs, branch, sha).split('\n').slice(1, -1);
        const keys = lines.map((line) => Buffer.from(line.slice(41), 'latin1'));
        expect(keys).toEqual([...keys].sort(Buffer.compare));
        expect(keys.map(String)).toContain(`refs/heads/${branch}`);
        for (const name of names) expect(keys.map(String)).toContain(`refs/remotes/origin/${name}`);
      }),
    );
  });
});
