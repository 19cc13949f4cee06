import { expect, it } from 'vitest';
import { json } from './answer.ts';
import { checkAnswer } from './schema-check.ts';

const branches = (answer: unknown, status = 200) =>
  checkAnswer('/repos/{owner}/{repo}/branches', 'GET', json(answer, status));

const branch = { name: 'main', commit: { sha: 'abc', url: 'https://api.github.com/x' }, protected: false };

it.each([
  ['as described', [branch], 200, null],
  [
    'a missing property',
    [{ ...branch, commit: undefined }],
    200,
    "200/0 must have required property 'commit'",
  ],
  ['a wrong type', [{ ...branch, protected: 'no' }], 200, '200/0/protected must be boolean'],
  ['a string for the list', 'no branches', 200, '200 must be array'],
  ['an error in another form', { message: 1 }, 404, '404/message must be string'],
  ['an unknown success', [], 202, 'GET /repos/{owner}/{repo}/branches does not answer 202'],
  ['an error that GitHub does not describe', { message: 1 }, 418, null],
])('%s', (_, answer, status, found) => expect(branches(answer, status)).toBe(found));

it('knows null where GitHub allows it, and only there', () => {
  const repo = (pushed_at: unknown) =>
    checkAnswer('/repos/{owner}/{repo}/git/ref/{ref}', 'GET', json({ ref: pushed_at }));
  expect(repo(null)).toContain('must');
});
