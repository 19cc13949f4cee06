import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildLogName, ownLogName, repoLogName } from '../../src/domain/log-name.ts';

const owner = 'Acme';

describe('the log of a repository', () => {
  test.each([
    [{ owner, name: 'amppd' }, 'amppd.log'],
    [{ owner: 'acme', name: 'amppd' }, 'amppd.log'],
    [{ owner: 'other', name: 'amppd' }, 'other%2Famppd.log'],
    [{ owner, name: 'ampci' }, '%61mpci.log'],
    [{ owner: 'other', name: 'ampci' }, 'other%2Fampci.log'],
    [{ owner, name: '..' }, '%2E..log'],
    [{ owner, name: '../../etc/passwd' }, '%2E.%2F..%2Fetc%2Fpasswd.log'],
    [{ owner, name: 'builds' }, 'builds.log'],
    [{ owner, name: 'Amppd' }, 'Amppd.log'],
  ])('of %j is %s', (repo, name) => {
    expect(repoLogName(repo, owner)).toBe(name);
  });

  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('a', 'm', 'p', 'c', 'i', '%', '6', '1', '.', '/', '~'), maxLength: 8 }),
  );
  const repo = fc.record({ owner: fc.constantFrom(owner, 'other', 'o/ther'), name });

  test('is one file in the folder of logs, whatever the name', () => {
    fc.assert(
      fc.property(repo, (each) => {
        const file = repoLogName(each, owner);
        expect(file).toMatch(/^[A-Za-z0-9_%~.-]+\.log$/);
        expect(file).not.toMatch(/^[.-]/);
        expect(file.length).toBeLessThanOrEqual(255);
        expect(file).not.toBe(ownLogName);
      }),
    );
  });

  test("is no other repository's", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(repo, { selector: (each) => JSON.stringify(each), maxLength: 20 }),
        (repos) => {
          // `other` with `a/b` and `other/a` with `b` are one text; no owner and no repository has a slash.
          const possible = repos.filter((each) => !`${each.owner}${each.name}`.includes('/'));
          expect(new Set(possible.map((each) => repoLogName(each, owner))).size).toBe(possible.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('the log of a build is in a folder of its own', () => {
  expect(buildLogName(12)).toBe('builds/12.log');
});
