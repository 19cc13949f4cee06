import type { Build } from '../domain/build.ts';
import { displayName } from '../domain/repo-name.ts';
import { harmlessLine } from './harmless.ts';
import { outputLine } from './harmless-stream.ts';

export interface Failure {
  readonly build: Build;
  /** Baseurl's owner, whose repositories go by their names alone. */
  readonly owner: string;
  /** Absolute path of its log. */
  readonly log: string;
  /** The end of its output, any bytes, decoded. */
  readonly lastLines: readonly string[];
}

/** What cron mails about a failed build: what, whose, where, why and how it ended. */
export function failureSummary({ build, owner, log, lastLines }: Failure): string {
  const repo = displayName({ owner: build.owner, name: build.repo }, owner);
  const facts = [
    ['commit', [build.sha.slice(0, 12), build.subject].filter(Boolean).join(' ')],
    ['author', build.author && (build.authorEmail ? `${build.author} <${build.authorEmail}>` : build.author)],
    ['script', build.step],
    ['exit code', build.exitCode === null ? null : String(build.exitCode)],
    ['because', build.message],
    ['log', log],
  ] as const;
  return [
    `ampci: ${outcome(build)}: ${harmlessLine(repo)} ${harmlessLine(build.branch)} (build ${build.id})`,
    ...facts.flatMap(([name, value]) => (value ? [`  ${`${name}:`.padEnd(11)}${harmlessLine(value)}`] : [])),
    ...lastLines.map((line) => `  | ${outputLine(line)}`),
  ].join('\n');
}

function outcome(build: Build): string {
  if (build.state === 'timeout') return 'build ran out of time';
  if (build.state === 'failure') return 'build failed';
  return `build given up after ${build.attempt} attempts`;
}
