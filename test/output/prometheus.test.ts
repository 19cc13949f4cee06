import fc from 'fast-check';
import { expect, it } from 'vitest';
import { check } from '../../src/domain/check.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { prometheus, prometheusUnknown } from '../../src/output/prometheus.ts';
import { expected, factsWith, failingWith, now } from '../domain/facts-fixture.ts';

function exposed(facts: Facts): string {
  return prometheus(facts, check(facts, expected, { warning: new Map(), critical: new Map() }));
}

/** A line of the text format, after its specification: series name with labels, value. */
const sample =
  /^([a-z_]+(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})?) (-?[\d.e+]+)$/;

function seriesOf(text: string): Map<string, number> {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  const found = lines.map((line) => sample.exec(line));
  expect(found).not.toContain(null);
  return new Map(found.map((match) => [match?.[1] ?? '', Number(match?.[2])]));
}

it('tells the same facts as gauges, ages as times', () => {
  const facts = factsWith({ failing: [failingWith()], tokenExpiresAt: now });
  const series = seriesOf(exposed(facts));
  expect(series.get('ampci_status')).toBe(2);
  expect(series.get('ampci_last_good_poll_timestamp_seconds')).toBe(now / 1000 - 10);
  expect(series.get('ampci_failing_branches{default_branch="true"}')).toBe(1);
  expect(series.get('ampci_failing_branches{default_branch="false"}')).toBe(0);
  expect(series.get('ampci_branch_failing_since_timestamp_seconds{repo="amppd",branch="main"}')).toBe(
    now / 1000 - 7200,
  );
  expect(series.get('ampci_token_expiry_timestamp_seconds')).toBe(now / 1000);
  expect(series.get('ampci_free_disk_bytes')).toBe(50e9);
});

it('leaves out what is not known', () => {
  expect(exposed(factsWith({ freeDiskBytes: null }))).not.toContain('free_disk');
  expect(exposed(factsWith())).not.toContain('ampci_token_expiry');
});

it('is 3 without a verdict', () => {
  expect([...seriesOf(prometheusUnknown())]).toEqual([['ampci_status', 3]]);
});

it('keeps the format and tells all branches apart, whatever they are called', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '"',
      '\\',
      '\n',
      'a"} 1',
      String.raw`\u{202e}`,
      '\u202e',
      '\r',
      '\u0085',
      '\u2028',
      '\ud800',
    ),
  );
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1 }), (names) => {
      const text = exposed(factsWith({ failing: names.map((branch) => failingWith({ branch })) }));
      const branches = [...seriesOf(text).keys()].filter((series) =>
        series.startsWith('ampci_branch_failing'),
      );
      expect(branches).toHaveLength(names.length);
      expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
});
