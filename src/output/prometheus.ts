import { severities, type Verdict } from '../domain/check.ts';
import type { Facts } from '../domain/facts.ts';
import { isGivenUp, onDefault } from '../domain/metric.ts';

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

/** Ages are timestamps here: a text file is read long after it was written, and `time() - x` is right then too. */
export function prometheus(facts: Facts, verdict: Verdict): string {
  return families(facts, verdict)
    .filter(({ samples }) => samples.length > 0)
    .map(renderFamily)
    .join('');
}

/** Where there is no verdict: 3, as the plugin's exit code. */
export function prometheusUnknown(): string {
  return renderFamily(statusFamily(3));
}

function statusFamily(value: number): Family {
  return {
    name: 'ampci_status',
    help: 'Verdict of ampci status: 0 ok, 1 warning, 2 critical, 3 unknown.',
    samples: [{ value }],
  };
}

function families(facts: Facts, verdict: Verdict): Family[] {
  const { polls, failing, queue, running, quotas, broken } = facts;
  const count = (isDefault: boolean) => failing.filter((branch) => onDefault(branch) === isDefault).length;
  return [
    statusFamily(severities.indexOf(verdict.severity)),
    family('ampci_last_good_poll_timestamp_seconds', 'When heads were last read.', seconds(polls.lastGoodAt)),
    family('ampci_failed_polls', 'Polls in a row that failed.', [{ value: polls.failed }]),
    { ...family('ampci_polls_total', 'Polls made.', [{ value: polls.count }]), type: 'counter' },
    { ...family('ampci_builds_total', 'Builds queued so far.', [{ value: facts.builds }]), type: 'counter' },
    family('ampci_failing_branches', 'Branches whose latest build failed.', [
      { labels: { default_branch: 'true' }, value: count(true) },
      { labels: { default_branch: 'false' }, value: count(false) },
    ]),
    family(
      'ampci_branch_failing_since_timestamp_seconds',
      'First failure since the last success, for each failing branch.',
      failing.map(({ repo, branch, since }) => ({ labels: { repo, branch }, value: since / 1000 })),
    ),
    family('ampci_given_up_branches', 'Branches given up after the last retry.', [
      { value: failing.filter(isGivenUp).length },
    ]),
    family('ampci_queued_builds', 'Builds that wait.', [{ value: queue.count }]),
    family(
      'ampci_oldest_queued_timestamp_seconds',
      'Since when the oldest build waits.',
      seconds(queue.oldest?.since),
    ),
    family('ampci_running_builds', 'Builds that run.', [{ value: running.count }]),
    family(
      'ampci_longest_running_timestamp_seconds',
      'Since when the longest build runs.',
      seconds(running.longest?.since),
    ),
    family(
      'ampci_api_quota_limit',
      'Requests that the API grants an hour.',
      quotas.map(({ resource, quota }) => ({ labels: { resource }, value: quota })),
    ),
    family(
      'ampci_api_quota_remaining',
      'Requests left of the quota, as last told.',
      quotas.map(({ resource, remaining }) => ({ labels: { resource }, value: remaining })),
    ),
    family(
      'ampci_api_quota_reset_timestamp_seconds',
      'When the quota is whole again.',
      quotas.map(({ resource, resetAt }) => ({ labels: { resource }, value: resetAt / 1000 })),
    ),
    family('ampci_broken_repos', 'Repositories that cannot be read.', [{ value: broken.length }]),
    family(
      'ampci_repo_broken_since_timestamp_seconds',
      'Since when each of them cannot be read.',
      broken.map(({ repo, since }) => ({ labels: { repo }, value: since / 1000 })),
    ),
    family(
      'ampci_free_disk_bytes',
      'Free bytes on the fullest disk that builds need.',
      facts.freeDiskBytes === null ? [] : [{ value: facts.freeDiskBytes }],
    ),
    family('ampci_token_expiry_timestamp_seconds', 'When the token ends.', seconds(facts.tokenExpiresAt)),
  ];
}

function family(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, samples };
}

function seconds(ms: number | null | undefined): Sample[] {
  return ms === null || ms === undefined ? [] : [{ value: ms / 1000 }];
}

function renderFamily({ name, help, type = 'gauge', samples }: Family): string {
  const lines = samples.map(({ labels, value }) => `${name}${renderLabels(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function renderLabels(labels: Sample['labels']): string {
  if (!labels) return '';
  return `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${escapeLabel(value)}"`)
    .join(',')}}`;
}

/**
 * Two names never share a label, or whoever reads the file would refuse it for its double series; what could
 * harm a terminal is spelt out (`\u{202e}`).
 * https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information
 */
function escapeLabel(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`)
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`);
}
