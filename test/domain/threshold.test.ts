import { describe, expect, it } from 'vitest';
import { alerts, parseRange } from '../../src/domain/threshold.ts';

// The guidelines' own examples, with what alerts and what does not:
// https://www.monitoring-plugins.org/doc/guidelines.html#THRESHOLDFORMAT
describe.each([
  { text: '10', alerting: [-1, -0.1, 10.1, 11], quiet: [0, 5, 10] },
  { text: '10:', alerting: [-5, 0, 9, 9.9], quiet: [10, 11, 1e12] },
  { text: '~:10', alerting: [10.1, 11, 1e12], quiet: [-1e12, 0, 10] },
  { text: '10:20', alerting: [9, 9.9, 20.1, 21], quiet: [10, 15, 20] },
  { text: '@10:20', alerting: [10, 15, 20], quiet: [9, 9.9, 20.1, 21] },
  { text: '-5:5', alerting: [-6, 6], quiet: [-5, 0, 5] },
  { text: '0', alerting: [-1, 1], quiet: [0] },
  { text: '~:', alerting: [], quiet: [-1e12, 0, 1e12] },
  { text: '@~:0', alerting: [-1, 0], quiet: [1] },
  { text: '1.5:2.5', alerting: [1.4, 2.6], quiet: [1.5, 2] },
])('range $text', ({ text, alerting, quiet }) => {
  const range = parseRange(text);

  it('alerts where the guidelines say so, and nowhere else', () => {
    expect(range?.text).toBe(text);
    const verdicts = [...alerting, ...quiet].map((value) => range && alerts(range, value));
    expect(verdicts).toEqual([...alerting.map(() => true), ...quiet.map(() => false)]);
  });
});

it.each(['', '@', ':', 'ten', '10:5', '5m', '10:20:30', '1,5', '~', ' 10', '10 ', '--1', '@@1', '1e3'])(
  'refuses %j',
  (text) => {
    expect(parseRange(text)).toBeNull();
  },
);
