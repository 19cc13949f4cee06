import type { Metric } from '../domain/check.ts';

/** What is measured, for a monitoring system to draw: `'label'=value[UOM];warn;crit;min;max` (guidelines). */
export function perfdata(metrics: readonly Metric[]): string {
  return metrics.map(one).join(' ');
}

function one({ name, value, unit, warning, critical, max }: Metric): string {
  const fields = [`${value}${unit}`, warning?.text ?? '', critical?.text ?? '', '0', max ?? ''];
  return `'${name}'=${fields.join(';').replace(/;+$/, '')}`;
}
