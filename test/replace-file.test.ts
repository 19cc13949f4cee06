import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFile } from '../src/replace-file.ts';

const openFolder = () => mkdtempDisposableSync(join(tmpdir(), 'ampci-replace-file-'));

describe('a file is replaced as a whole', () => {
  it('with its mode, whatever was there before', () => {
    using folder = openFolder();
    const file = join(folder.path, 'a.json');
    for (const [content, mode] of [
      ['old and long', 0o644],
      ['new', 0o600],
    ] as const) {
      replaceFile(file, content, { mode });
      expect(readFileSync(file, 'utf8')).toBe(content);
      expect(statSync(file).mode & 0o777).toBe(mode);
    }
    expect(readdirSync(folder.path)).toEqual(['a.json']);
  });

  it('and what dead processes left of it goes, also one of the same number, and nothing else', () => {
    using folder = openFolder();
    const { pid: dead } = spawnSync('true');
    const others = [
      `.a.json.${process.ppid}.tmp`,
      `.b.json.${dead}.tmp`,
      `.xa.json.${dead}.tmp`,
      `a.json.${dead}.tmp`,
    ];
    for (const name of [...others, `.a.json.${dead}.tmp`, `.a.json.${process.pid}.tmp`]) {
      writeFileSync(join(folder.path, name), 'half a li');
    }
    replaceFile(join(folder.path, 'a.json'), 'whole', { mode: 0o600 });
    expect(readdirSync(folder.path).toSorted()).toEqual([...others, 'a.json'].toSorted());
  });

  it('or not at all: nothing is left of a failed attempt', () => {
    using folder = openFolder();
    mkdirSync(join(folder.path, 'a.json'));
    expect(() => replaceFile(join(folder.path, 'a.json'), 'text', { mode: 0o600 })).toThrow();
    expect(readdirSync(folder.path)).toEqual(['a.json']);
  });
});
