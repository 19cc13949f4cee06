import { isRetried, maxAttempts } from './build.ts';
import type { Facts, FailingBranch } from './facts.ts';

/** What of the configuration the default thresholds depend on. */
export interface Expectations {
  readonly timeoutMs: number;
  readonly minFreeDiskBytes: number;
}

export interface Measure {
  /** Unit of measure as the guidelines spell it; `c`: a counter. */
  readonly unit: '' | 's' | 'B' | 'c';
  /** null: there is nothing to measure. */
  value(facts: Facts): number | null;
  /** Default ranges in the guidelines' form; absent: never alerts by itself. */
  warning?(expected: Expectations, facts: Facts): string;
  critical?(expected: Expectations, facts: Facts): string;
  max?(facts: Facts): number | null;
}

/** Everything that `status` measures, and what is expected of it when nobody says otherwise. */
export const measures = {
  poll_age: {
    unit: 's',
    value: ({ now, polls }) => seconds(now - (polls.lastGoodAt ?? polls.firstAt)),
    warning: () => '600',
    critical: () => '1800',
  },
  failed_polls: { unit: '', value: ({ polls }) => polls.failed, warning: () => '0' },
  broken_repos: { unit: '', value: ({ broken }) => broken.length, warning: () => '0' },
  failing_default: {
    unit: '',
    value: ({ failing }) => failing.filter(onDefault).length,
    critical: () => '0',
  },
  failing_other: {
    unit: '',
    value: ({ failing }) => failing.filter((branch) => !onDefault(branch)).length,
    warning: () => '0',
  },
  given_up: { unit: '', value: ({ failing }) => failing.filter(isGivenUp).length, warning: () => '0' },
  queued: { unit: '', value: ({ queue }) => queue.count },
  queue_age: {
    unit: 's',
    value: ({ now, queue }) => (queue.oldest ? age(now, queue.oldest.since) : 0),
    warning: ({ timeoutMs }) => `${seconds(timeoutMs)}`,
    critical: ({ timeoutMs }) => `${3 * seconds(timeoutMs)}`,
  },
  running: { unit: '', value: ({ running }) => running.count },
  run_time: {
    unit: 's',
    value: ({ now, running }) => (running.longest ? age(now, running.longest.since) : 0),
    warning: ({ timeoutMs }) => `${seconds(timeoutMs)}`,
    critical: ({ timeoutMs }) => `${2 * seconds(timeoutMs)}`,
  },
  quota_core: quotaMeasure('core'),
  quota_graphql: quotaMeasure('graphql'),
  free_disk: {
    unit: 'B',
    value: ({ freeDiskBytes }) => freeDiskBytes,
    warning: ({ minFreeDiskBytes }) => `${2 * minFreeDiskBytes}:`,
    critical: ({ minFreeDiskBytes }) => `${minFreeDiskBytes}:`,
  },
  token_expires_in: {
    unit: 's',
    value: ({ now, tokenExpiresAt }) => tokenExpiresAt && Math.max(0, seconds(tokenExpiresAt - now)),
    warning: () => `${days(14)}:`,
    critical: () => `${days(2)}:`,
  },
  builds: { unit: 'c', value: ({ builds }) => builds },
  polls: { unit: 'c', value: ({ polls }) => polls.count },
} satisfies Record<string, Measure>;

export type MetricName = keyof typeof measures;

export const metricNames = Object.keys(measures) as readonly MetricName[];

export function onDefault(branch: FailingBranch): boolean {
  return branch.isDefault;
}

/** The operator's trouble, and no attempt is left. */
export function isGivenUp({ build }: FailingBranch): boolean {
  return isRetried(build.state) && build.attempt >= maxAttempts;
}

/** A quota that has been renewed since it was told is whole again. */
function quotaMeasure(resource: 'core' | 'graphql'): Measure {
  const find = (facts: Facts) => facts.quotas.find((quota) => quota.resource === resource);
  const share = (facts: Facts, divisor: number) => `${Math.ceil((find(facts)?.quota ?? 0) / divisor)}:`;
  return {
    unit: '',
    value: (facts) => {
      const found = find(facts);
      if (!found) return null;
      return found.resetAt <= facts.now ? found.quota : found.remaining;
    },
    warning: (_, facts) => share(facts, 10),
    critical: (_, facts) => share(facts, 50),
    max: (facts) => find(facts)?.quota ?? null,
  };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

/** In seconds. Of what began before the clock was set back, none. */
function age(now: number, since: number): number {
  return Math.max(0, seconds(now - since));
}

function days(count: number): number {
  return count * 86_400;
}
