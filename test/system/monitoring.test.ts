import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricNames } from '../../src/domain/metric.ts';
import { startIcinga } from './icinga.ts';
import { monitored } from './monitored.ts';
import { startNagios } from './nagios.ts';
import { type Perf, parsePerfdata } from './perfdata.ts';

const patience = { timeout: 60_000, interval: 200 };
const ok = 'AMPCI OK - polled';
// The branch as people see it: what could act on a line, a macro or a terminal is gone, all else is there.
const shownBranch = 'topic/$(id)¦\'"<&;`#%é日??31m=1,{}';
const critical = `AMPCI CRITICAL - amppd ${shownBranch} fails (build 3)`;

/** What does not change while the test runs. */
function steady(metrics: ReadonlyMap<string, Perf>): Record<string, Perf> {
  const changing = ['poll_age', 'queue_age', 'free_disk'];
  return Object.fromEntries([...metrics].filter(([name]) => !changing.includes(name)));
}

function folderIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

describe('Nagios and Icinga', () => {
  it('show OK, CRITICAL and OK again with the text, notify once of each, and read the same metrics', async () => {
    using site = monitored();
    await using nagios = startNagios(folderIn(site.folder, 'n'), site.plugin);
    await using icinga = await startIcinga(folderIn(site.folder, 'i'), site.plugin);

    await expect.poll(() => nagios.field('plugin_output'), patience).toContain(ok);
    expect(nagios.field('current_state')).toBe('0');
    await expect.poll(() => icinga.metrics().get('failing_default')?.value, patience).toBe(0);

    site.breakBuild();
    await expect.poll(() => nagios.field('current_state'), patience).toBe('2');
    // Nagios itself replaces semicolons, which separate fields elsewhere.
    expect(nagios.field('plugin_output')).toBe(critical.replace(';', ':'));
    expect(nagios.field('long_plugin_output')).toMatch(/^CRITICAL: amppd .* - see: ampci log 3(\\n)?$/);
    await expect.poll(() => nagios.notifications(), patience).toHaveLength(1);
    await expect.poll(() => icinga.notifications(), patience).toHaveLength(1);

    const byNagios = parsePerfdata(nagios.perfdata().at(-1) ?? '');
    await expect.poll(() => icinga.metrics().get('failing_default')?.value, patience).toBe(1);
    const byIcinga = icinga.metrics();
    expect([...byNagios.keys()].toSorted()).toEqual([...byIcinga.keys()].toSorted());
    expect(metricNames).toEqual(expect.arrayContaining([...byNagios.keys()]));
    expect(steady(byIcinga)).toEqual(steady(byNagios));
    expect(byNagios.get('failing_default')).toEqual({
      value: 1,
      warning: null,
      critical: 0,
      min: 0,
      max: null,
    });
    expect(byIcinga.get('queued')?.value).toBe(1);

    site.mendBuild();
    await expect.poll(() => nagios.field('plugin_output'), patience).toContain(ok);
    await expect.poll(() => nagios.notifications(), patience).toHaveLength(2);
    await expect.poll(() => icinga.notifications(), patience).toHaveLength(2);

    // Further checks bring nothing new.
    const checks = nagios.perfdata().length;
    await expect.poll(() => nagios.perfdata().length, patience).toBeGreaterThan(checks + 3);
    expect(nagios.notifications()).toEqual([
      expect.stringMatching(/^PROBLEM CRITICAL AMPCI CRITICAL - amppd /),
      expect.stringMatching(/^RECOVERY OK AMPCI OK - polled/),
    ]);
    expect(icinga.notifications()).toEqual([
      expect.stringContaining(`PROBLEM CRITICAL ${critical}`),
      expect.stringMatching(/^RECOVERY OK AMPCI OK - polled/),
    ]);
  });
});
