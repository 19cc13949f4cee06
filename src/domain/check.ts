import type { Facts } from './facts.ts';
import { type Expectations, type Measure, type MetricName, measures, metricNames } from './metric.ts';
import { alerts, parseRange, type Range } from './threshold.ts';

/** From best to worst. */
export const severities = ['ok', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Thresholds that somebody set, in the place of the defaults. */
export interface Thresholds {
  readonly warning: ReadonlyMap<MetricName, Range>;
  readonly critical: ReadonlyMap<MetricName, Range>;
}

export interface Metric {
  readonly name: MetricName;
  readonly value: number;
  readonly unit: Measure['unit'];
  readonly max: number | null;
  readonly warning: Range | null;
  readonly critical: Range | null;
  readonly severity: Severity;
}

export interface Verdict {
  readonly severity: Severity;
  readonly metrics: readonly Metric[];
}

/** Judges the facts: what can be measured, each against its thresholds; the worst of them is the verdict. */
export function check(facts: Facts, expected: Expectations, thresholds: Thresholds): Verdict {
  const metrics = metricNames.flatMap((name) => measure(name, { facts, expected, thresholds }) ?? []);
  return { severity: worst(metrics.map(({ severity }) => severity)), metrics };
}

interface Given {
  readonly facts: Facts;
  readonly expected: Expectations;
  readonly thresholds: Thresholds;
}

function measure(name: MetricName, { facts, expected, thresholds }: Given): Metric | null {
  const by: Measure = measures[name];
  const value = by.value(facts);
  if (value === null) return null;
  const warning = thresholds.warning.get(name) ?? rangeOf(by.warning?.(expected, facts));
  const critical = thresholds.critical.get(name) ?? rangeOf(by.critical?.(expected, facts));
  const max = by.max?.(facts) ?? null;
  return { name, value, unit: by.unit, max, warning, critical, severity: judge(value, warning, critical) };
}

function judge(value: number, warning: Range | null, critical: Range | null): Severity {
  if (critical && alerts(critical, value)) return 'critical';
  return warning && alerts(warning, value) ? 'warning' : 'ok';
}

function rangeOf(text: string | undefined): Range | null {
  return text === undefined ? null : parseRange(text);
}

export function worst(all: readonly Severity[]): Severity {
  return all.reduce(
    (one, other) => (severities.indexOf(other) > severities.indexOf(one) ? other : one),
    'ok',
  );
}
