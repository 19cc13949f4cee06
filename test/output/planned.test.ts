import { expect, it } from 'vitest';
import { plannedTable } from '../../src/output/planned.ts';
import { failureSummary } from '../../src/output/summary.ts';
import { buildWith } from '../domain/build-fixture.ts';

it('repositories of another owner are told with it, in a dry run as in a mail', () => {
  const build = buildWith({ owner: 'Other', repo: 'tool', branch: 'main', state: 'queued', reason: 'push' });
  const view = { plan: { repos: [] }, queued: [build], troubles: [], file: 'amp.yaml' };
  expect(plannedTable({ ...view, owner: 'AMP' })).toMatch(/^build {2}Other\/tool main at /);
  expect(plannedTable({ ...view, owner: 'other' })).toMatch(/^build {2}tool main at /);
  const failure = { build: { ...build, state: 'failure' as const }, log: '/logs/1.log', lastLines: [] };
  expect(failureSummary({ ...failure, owner: 'AMP' })).toMatch(/^ampci: build failed: Other\/tool main /);
  expect(failureSummary({ ...failure, owner: 'Other' })).toMatch(/^ampci: build failed: tool main /);
});
