import type { Event, Waiting } from '../domain/why.ts';
import { jsonText } from './json.ts';
import { iso } from './time.ts';
import { eventSentence, type WhyView, waitingSentence } from './why.ts';

/**
 * `why --json`: `{repo, branch, head: {sha, seen_at, gone_at} | null, trouble: {since, message} | null, events,
 * waiting: {build, for, until | workers, since, builds | running, text} | null}`. An event has `at`, `kind`
 * (`decided`, `queued`, `started`, `ended`), `build`, `text` and, by its kind: `decision`, `sha`, `previous_sha`
 * and what the decision is about; or `state`, `attempt`, `reason`, `step`, `exit_code`, `message`.
 */
export function whyJson(view: WhyView): string {
  const { repo, branch, head, trouble, events, waiting, now } = view;
  return jsonText({
    repo,
    branch,
    head: head && { sha: head.sha, seen_at: iso(head.seenAt), gone_at: iso(head.goneAt) },
    trouble: trouble && { since: iso(trouble.since), message: trouble.message },
    events: events.map((event) => ({
      at: iso(event.at),
      kind: event.kind,
      ...details(event),
      text: eventSentence(event, view),
    })),
    waiting: waiting && {
      build: waiting.buildId,
      ...reason(waiting.for),
      text: waitingSentence(waiting.for, now),
    },
  });
}

function details(event: Event) {
  if (event.kind === 'decided') {
    const { verdict, sha, previousSha, buildId } = event.decision;
    const { kind, ...about } = verdict;
    return { decision: kind, ...about, sha, previous_sha: previousSha, build: buildId, behind: event.behind };
  }
  const { id, state, attempt, reason: why, step, exitCode, message } = event.build;
  return { build: id, state, attempt, reason: why, step, exit_code: exitCode, message };
}

function reason(waiting: Waiting) {
  switch (waiting.kind) {
    case 'back_off':
      return { for: waiting.kind, until: iso(waiting.until) };
    case 'own_branch':
      return { for: waiting.kind, running: waiting.buildId };
    case 'workers':
      return {
        for: waiting.kind,
        workers: waiting.workers,
        since: iso(waiting.since),
        builds: waiting.buildIds,
      };
    case 'next_poll':
      return { for: waiting.kind };
  }
}
