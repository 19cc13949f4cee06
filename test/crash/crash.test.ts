import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../site/program.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type FinalState, finalState, openScene } from './scene.ts';

/**
 * Between the start of a build's last script and the record of the build's end, nobody can know of a crash whether
 * the script has come to its end: it is run again. Anywhere else it must not be.
 */
const mayRunAgain = new Set([
  'executor.step.started',
  'executor.step.ended',
  'executor.end.terminated',
  'executor.end.killed',
  'executor.step.cleared',
  'logs.mask.written',
  'build.step_masked',
  'build.reaped',
  'workspace.kept',
  'finish.ended',
  'finish.remembered',
]);

interface Undisturbed {
  readonly scenario: Scenario;
  /** The places that the command passed, and how often. */
  readonly passed: ReadonlyMap<string, number>;
  readonly final: FinalState;
}

const runs = await Promise.all(scenarios.map(undisturbed));
const cases = runs.flatMap(({ scenario, passed, final }) =>
  [...passed].flatMap(([point, count]) =>
    (scenario.only ?? /./).test(point)
      ? [...new Set([1, scenario.everyEnd ? count : 1])].map((passage) => ({
          scenario,
          final,
          point,
          passage,
        }))
      : [],
  ),
);

async function undisturbed(scenario: Scenario): Promise<Undisturbed> {
  await using scene = await openScene(scenario);
  const trace = join(scene.site.folder, 'trace');
  await scene.act({ AMPCI_CRASH_TRACE: trace });
  await scene.settle();
  const violations = await scene.violations();
  if (violations.length > 0) throw new Error(`${scenario.name}, undisturbed: ${violations.join('\n')}`);
  const passed = new Map<string, number>();
  for (const point of readFileSync(trace, 'utf8').trimEnd().split('\n')) {
    passed.set(point, (passed.get(point) ?? 0) + 1);
  }
  return { scenario, passed, final: finalState(scene.site) };
}

describe('a crash changes nothing of what there is in the end', { timeout: 120_000 }, () => {
  for (const { scenario, point, passage, final } of cases) {
    test.concurrent(`in ${scenario.name}, at ${point} (${passage})`, async () => {
      await using scene = await openScene(scenario);
      const crashed = await scene.act({ AMPCI_CRASH_AT: `${point}:${passage}` });
      expect(crashed).toMatchObject({ signal: 'SIGKILL' });
      const ticks = await scene.settle();

      expect(await scene.violations()).toEqual([]);
      const reached = finalState(scene.site);
      expect(reached.stored).toEqual(final.stored);
      expect(timesTooOften(reached.ran, final.ran)).toBeLessThanOrEqual(mayRunAgain.has(point) ? 1 : 0);
      const said = [crashed, ...ticks].map(({ stderr }) => stderr).join('');
      for (const words of scenario.told ?? []) expect(said).toMatch(words);
      expect(ticks.at(-1)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    });
  }
});

/** By how many runs the one is more than the other; Infinity: one that must be there is missing, or another is there. */
function timesTooOften(reached: FinalState['ran'], wanted: FinalState['ran']): number {
  const differences = [...new Set([...reached.keys(), ...wanted.keys()])].map((key) =>
    wanted.has(key) ? (reached.get(key) ?? 0) - (wanted.get(key) ?? 0) : Number.POSITIVE_INFINITY,
  );
  const isMissing = differences.some((difference) => difference < 0);
  return isMissing ? Number.POSITIVE_INFINITY : differences.reduce((sum, difference) => sum + difference, 0);
}

describe('the crash points', () => {
  const inSource = crashPointsOf(join(root, 'src'));

  test('have names of their own', () => {
    expect(inSource.length).toBeGreaterThan(50);
    expect(inSource.filter((name, index) => inSource.indexOf(name) !== index)).toEqual([]);
  });

  test('are all crashed at', () => {
    const crashedAt = new Set(cases.map(({ point }) => point));
    expect(inSource.filter((name) => !crashedAt.has(name))).toEqual([]);
  });
});

function crashPointsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/crashPoint\('([^']+)'\)/g)])
    .map(([, name = '']) => name);
}
