import type { Severity, Verdict } from '../domain/check.ts';
import type { ActiveBuild, Facts, FailingBranch } from '../domain/facts.ts';
import { isGivenUp, type MetricName, onDefault } from '../domain/metric.ts';
import { formatSize } from '../domain/size.ts';
import { harmlessLine, shellWord } from './harmless.ts';
import { rough, shortTime } from './time.ts';

/** What is wrong, in words, with the command that shows more of it. */
export interface Finding {
  readonly severity: Severity;
  readonly metric: MetricName;
  /** For the first line: a few words. */
  readonly brief: string;
  /** The whole sentence. */
  readonly text: string;
  readonly command: string;
}

type Words = Pick<Finding, 'brief' | 'text' | 'command'>;

/** The words for every metric that alerts, the worst first, else in the order of the metrics. */
export function findings(verdict: Verdict, facts: Facts): Finding[] {
  const found = verdict.metrics
    .filter(({ severity }) => severity !== 'ok')
    .flatMap(({ name, severity, value }) =>
      (wordings[name]?.(facts) ?? byNumber(name, value)).map((words) => ({
        severity,
        metric: name,
        ...words,
      })),
    );
  return [...found.filter(isCritical), ...found.filter((finding) => !isCritical(finding))];
}

function isCritical({ severity }: Finding): boolean {
  return severity === 'critical';
}

const wordings: Partial<Record<MetricName, (facts: Facts) => Words[]>> = {
  poll_age: (facts) => [pollAge(facts)],
  failed_polls: ({ now, polls }) => [
    {
      brief: `the heads could not be asked for: ${harmlessLine(polls.last.message ?? 'no reason was stored')}`,
      text: `${counted(polls.failed, 'poll')} in a row failed, the last one ${rough(now - polls.last.finishedAt)} ago: ${harmlessLine(polls.last.message ?? 'no reason was stored')}`,
      command: 'ampci poll -v',
    },
  ],
  broken_repos: ({ now, broken }) =>
    broken.map(({ repo, since, message }) => ({
      brief: `${harmlessLine(repo)} cannot be read`,
      text: `${harmlessLine(repo)} has not been readable for ${rough(now - since)}: ${harmlessLine(message)}`,
      command: 'ampci check',
    })),
  failing_default: ({ now, failing }) => failing.filter(onDefault).map((branch) => failure(branch, now)),
  failing_other: ({ now, failing }) =>
    failing.filter((branch) => !onDefault(branch)).map((branch) => failure(branch, now)),
  given_up: ({ failing }) =>
    failing.filter(isGivenUp).map((branch) => ({
      brief: `${nameOf(branch)} given up`,
      text: `${nameOf(branch)} was given up after ${branch.build.attempt} attempts: ${harmlessLine(branch.build.message ?? branch.build.state)}`,
      command: `ampci build ${shellWord(branch.repo)} ${shellWord(branch.branch)}`,
    })),
  queue_age: ({ now, queue }) => (queue.oldest ? [waiting(queue.oldest, { now, count: queue.count })] : []),
  run_time: ({ now, running }) =>
    running.longest
      ? [
          {
            brief: `build ${running.longest.id} has been running for ${rough(now - running.longest.since)}`,
            text: `build ${running.longest.id} (${nameOf(running.longest)}) has been running for ${rough(now - running.longest.since)}`,
            command: `ampci log ${running.longest.id} -f`,
          },
        ]
      : [],
  quota_core: (facts) => quota(facts, 'core'),
  quota_graphql: (facts) => quota(facts, 'graphql'),
  free_disk: ({ freeDiskBytes }) => [
    {
      brief: `${formatSize(freeDiskBytes ?? 0)} of disk left`,
      text: `${formatSize(freeDiskBytes ?? 0)} are free on the fullest disk that builds need`,
      command: 'ampci prune',
    },
  ],
  token_expires_in: ({ now, tokenExpiresAt }) => {
    const left = (tokenExpiresAt ?? now) - now;
    const brief = left > 0 ? `the token expires in ${rough(left)}` : 'the token has expired';
    return [{ brief, text: `${brief}: make a new one on the forge`, command: 'ampci check' }];
  },
};

function pollAge({ now, polls }: Facts): Words {
  const reason =
    polls.last.message === null ? '' : ` (the last one said: ${harmlessLine(polls.last.message)})`;
  const command = 'ampci check';
  if (polls.lastGoodAt === null) {
    const brief = `no poll has succeeded since the first one ${rough(now - polls.firstAt)} ago`;
    return { brief, text: `${brief}${reason}`, command };
  }
  if (polls.lastGoodAt > now) {
    const brief = `the last good poll is dated in the future, ${rough(polls.lastGoodAt - now)} from now`;
    return { brief, text: `${brief}: check the machine's clock`, command };
  }
  const brief = `no good poll for ${rough(now - polls.lastGoodAt)}`;
  const isSilent = polls.last.finishedAt === polls.lastGoodAt;
  return { brief, text: `${brief}${isSilent ? ': has cron stopped?' : reason}`, command };
}

function failure({ repo, branch, since, build }: FailingBranch, now: number): Words {
  const commit = [build.author, build.subject]
    .filter((part) => part !== null)
    .map(harmlessLine)
    .join(': ');
  return {
    brief: `${nameOf({ repo, branch })} fails (build ${build.id})`,
    text: `${nameOf({ repo, branch })} has been failing for ${rough(now - since)}: build ${build.id} ended as ${outcome(build)}${commit && ` (${commit})`}`,
    command: `ampci log ${build.id}`,
  };
}

/** The state with what failed: `failure in build_packages, exit 2`. */
export function outcome(build: {
  readonly state: string;
  readonly step: string | null;
  readonly exitCode: number | null;
  readonly message: string | null;
}): string {
  const step = build.step === null ? '' : ` in ${harmlessLine(build.step)}`;
  const exit = build.exitCode === null ? '' : `, exit ${build.exitCode}`;
  return `${build.state}${step}${exit}${build.message === null ? '' : `: ${harmlessLine(build.message)}`}`;
}

function waiting(oldest: ActiveBuild, { now, count }: { now: number; count: number }): Words {
  return {
    brief: `build ${oldest.id} waits for ${rough(now - oldest.since)}`,
    text: `${counted(count, 'build')} queued, the oldest, ${oldest.id} (${nameOf(oldest)}), for ${rough(now - oldest.since)}`,
    command: `ampci why ${shellWord(oldest.repo)} ${shellWord(oldest.branch)}`,
  };
}

function quota({ now, quotas }: Facts, resource: string): Words[] {
  const found = quotas.find((each) => each.resource === resource);
  if (!found) return [];
  const brief = `${found.remaining} of ${found.quota} API requests left (${resource})`;
  return [{ brief, text: `${brief} until ${shortTime(found.resetAt, now)}`, command: 'ampci check' }];
}

/** For a metric that alerts only because somebody set a threshold for it. */
function byNumber(name: MetricName, value: number): Words[] {
  return [{ brief: `${name} is ${value}`, text: `${name} is ${value}`, command: 'ampci history' }];
}

function nameOf({ repo, branch }: { readonly repo: string; readonly branch: string }): string {
  return `${harmlessLine(repo)} ${harmlessLine(branch)}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
