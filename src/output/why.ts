import { isRetried, maxAttempts } from '../domain/build.ts';
import type { Verdict } from '../domain/decision.ts';
import type { Event, StoredDecision, Waiting } from '../domain/why.ts';
import { outcome } from './findings.ts';
import { harmlessLine, shellWord } from './harmless.ts';
import { dateTime, elapsed, shortTime } from './time.ts';

export interface Told {
  /** As the configuration would name it. */
  readonly repo: string;
  readonly branch: string;
  /** Name of the configuration file. */
  readonly file: string;
  readonly now: number;
}

/** What happened, as a sentence without its subject, the branch. */
export function eventSentence(event: Event, told: Told): string {
  switch (event.kind) {
    case 'decided':
      return decided(event, told);
    case 'queued':
      return queued(event.build);
    case 'started':
      return `build ${event.build.id} started and is running: ampci log ${event.build.id} -f`;
    case 'ended':
      return ended(event.build, told);
  }
}

function decided({ decision, behind }: Extract<Event, { kind: 'decided' }>, { file }: Told): string {
  const build = decision.buildId === null ? 'a build that is no longer stored' : `build ${decision.buildId}`;
  const { verdict } = decision;
  switch (verdict.kind) {
    case 'build':
      return `${moved(decision)}: queued as ${build}`;
    case 'coalesced':
      return `${moved(decision)}: coalesced into ${build}, which was queued${behind === null ? '' : ` behind build ${behind}`}`;
    case 'forgotten':
      return `two full polls missed it, so it is taken as deleted${decision.buildId === null ? '' : `: ${build} was cancelled`}`;
    default:
      return `${moved(decision)}: ${notBuilt(verdict, file)}`;
  }
}

function moved({ sha, previousSha, verdict }: StoredDecision): string {
  const to = short(sha);
  if (verdict.kind === 'build' && verdict.reason === 'bootstrap') return `the bootstrap changed (head ${to})`;
  if (verdict.kind === 'build' && verdict.reason === 'manual') return `asked for by hand at ${to}`;
  if (previousSha === null) return `appeared at ${to}`;
  if (previousSha === sha)
    return verdict.kind === 'coalesced' ? `the bootstrap changed (head ${to})` : `is at ${to}`;
  return `moved from ${short(previousSha)} to ${to}`;
}

/** Why a head was left alone; `file`: the name of the configuration. */
export function notBuilt(
  verdict: Exclude<Verdict, { kind: 'build' | 'coalesced' | 'forgotten' }>,
  file: string,
): string {
  switch (verdict.kind) {
    case 'taken_as_seen':
      return `not built: taken as seen at the first poll (first_poll: ${verdict.setting})`;
    case 'ignored':
      return verdict.pattern === null
        ? `ignored, since no pattern of \`branches\` matches it (${file}:${verdict.line})`
        : `ignored by \`branches: ['${harmlessLine(verdict.pattern)}']\` (${file}:${verdict.line})`;
    case 'no_scripts':
      return `not built: no key of \`scripts\` fits it (${file})`;
    case 'already_built':
      return 'not built: it was last built from this commit';
  }
}

type ToldBuild = Extract<Event, { kind: 'queued' }>['build'];

function queued({ id, reason, attempt, sha, notBefore, queuedAt }: ToldBuild): string {
  if (reason === 'retry') {
    const until = notBefore > queuedAt ? `, not before ${shortTime(notBefore, queuedAt)}` : '';
    return `retried as build ${id}, attempt ${attempt} of ${maxAttempts}${until}`;
  }
  const cause = reason === 'manual' ? 'asked for by hand' : `reason ${reason}`;
  return `queued as build ${id} at ${short(sha)}, ${cause}`;
}

function ended(build: ToldBuild, { repo, branch }: Told): string {
  const after =
    build.startedAt === null || build.finishedAt === null
      ? ''
      : ` after ${elapsed(build.finishedAt - build.startedAt)}`;
  const end = `build ${build.id} ended as ${outcome(build)}${after}`;
  if (isRetried(build.state) && build.attempt >= maxAttempts) {
    return `${end}; given up after ${build.attempt} attempts: ampci build ${shellWord(repo)} ${shellWord(branch)}`;
  }
  return build.state === 'success' || build.startedAt === null ? end : `${end}: ampci log ${build.id}`;
}

/** Why a queued build has not started. */
export function waitingSentence(waiting: Waiting, now: number): string {
  switch (waiting.kind) {
    case 'back_off':
      return `waiting: a retry is not made before ${shortTime(waiting.until, now)}`;
    case 'own_branch':
      return `waiting: build ${waiting.buildId} of the same branch is running`;
    case 'workers':
      return `waiting: ${waiting.buildIds.length} of ${waiting.workers} workers busy since ${shortTime(waiting.since, now)} (${waiting.buildIds.length === 1 ? 'build' : 'builds'} ${waiting.buildIds.join(', ')})`;
    case 'next_poll':
      return 'waiting: a worker is free, the next poll starts it';
  }
}

export interface WhyView extends Told {
  readonly head: { readonly sha: string; readonly seenAt: number; readonly goneAt: number | null } | null;
  /** Why the repository cannot be read, and since when. */
  readonly trouble: { readonly since: number; readonly message: string } | null;
  readonly events: readonly Event[];
  readonly waiting: { readonly buildId: number; readonly for: Waiting } | null;
}

/** The story of a branch: a line of its own for the present, then one for each event. */
export function whyText(view: WhyView): string {
  const lines = view.events.map((event) => `  ${dateTime(event.at)}  ${eventSentence(event, view)}`);
  const none = '  nothing is stored about it';
  return `${[present(view), ...troubleLines(view), ...(lines.length === 0 ? [none] : lines), ...waitingLines(view)].join('\n')}\n`;
}

function present({ repo, branch, head, now }: WhyView): string {
  const name = `${harmlessLine(repo)} ${harmlessLine(branch)}`;
  if (!head) return `${name} was never seen by a poll`;
  if (head.goneAt !== null)
    return `${name} was deleted: last seen at ${short(head.sha)}, missed since ${shortTime(head.goneAt, now)}`;
  return `${name} has been at ${short(head.sha)} since ${shortTime(head.seenAt, now)}`;
}

function troubleLines({ trouble, repo, now }: WhyView): string[] {
  if (!trouble) return [];
  return [
    `${harmlessLine(repo)} has not been readable since ${shortTime(trouble.since, now)}: ${harmlessLine(trouble.message)}`,
  ];
}

function waitingLines({ waiting, now }: WhyView): string[] {
  return waiting
    ? [`  ${dateTime(now)}  build ${waiting.buildId} is ${waitingSentence(waiting.for, now)}`]
    : [];
}

function short(sha: string | null): string {
  return sha === null ? 'nothing' : sha.slice(0, 7);
}
