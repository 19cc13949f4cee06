import type { Thresholds } from '../domain/check.ts';
import { type MetricName, metricNames } from '../domain/metric.ts';
import { nearest } from '../domain/nearest.ts';
import { parseRange, type Range, rangeForms } from '../domain/threshold.ts';
import { UserError } from '../user-error.ts';

/** What a bare range is about. */
const defaultMetric: MetricName = 'poll_age';

/** Reads `-w` and `-c`: each `[METRIC=]RANGE`, the last one of a metric counts. Throws a UserError. */
export function parseThresholds(given: {
  readonly warning: readonly string[];
  readonly critical: readonly string[];
}): Thresholds {
  return {
    warning: new Map(given.warning.map((text) => parseThreshold('--warning', text))),
    critical: new Map(given.critical.map((text) => parseThreshold('--critical', text))),
  };
}

function parseThreshold(option: string, text: string): [MetricName, Range] {
  const at = text.indexOf('=');
  const name = at === -1 ? defaultMetric : text.slice(0, at);
  if (!isMetric(name)) {
    const meant = nearest(name, metricNames);
    const hint = meant ? `did you mean ${meant}?` : `there are ${metricNames.join(', ')}`;
    throw new UserError(`${option} ${text}: no metric is called "${name}": ${hint}`);
  }
  const range = parseRange(text.slice(at + 1));
  if (!range) throw new UserError(`${option} ${text}: "${text.slice(at + 1)}" is not a range: ${rangeForms}`);
  return [name, range];
}

function isMetric(name: string): name is MetricName {
  return (metricNames as readonly string[]).includes(name);
}
