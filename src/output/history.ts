import type { Build, State } from '../domain/build.ts';
import { displayName } from '../domain/repo-name.ts';
import { outcome } from './findings.ts';
import { harmlessLine } from './harmless.ts';
import { jsonText } from './json.ts';
import type { Colour, Paint } from './paint.ts';
import { type Cell, renderTable } from './table.ts';
import { elapsed, iso, rough, shortTime } from './time.ts';

export interface HistoryView {
  readonly builds: readonly Build[];
  readonly now: number;
  /** Whose repositories are told by their bare name. */
  readonly owner: string;
}

export interface Surface {
  /** 0: nothing needs to fit. */
  readonly columns: number;
  readonly paint: Paint;
}

const head = ['BUILD', 'STATE', 'REPO', 'BRANCH', 'COMMIT', 'REASON', 'QUEUED', 'TOOK', 'WHAT FAILED'];

/** A table of builds, as they come. */
export function historyTable(view: HistoryView, { columns, paint }: Surface): string {
  if (view.builds.length === 0) return 'no builds\n';
  return renderTable({ head, rows: view.builds.map((build) => row(build, view)) }, columns, paint);
}

const colours: Readonly<Record<State, Colour>> = {
  queued: 'dim',
  running: 'cyan',
  success: 'green',
  failure: 'red',
  timeout: 'red',
  error: 'red',
  interrupted: 'red',
  cancelled: 'yellow',
  skipped: 'yellow',
};

function row(build: Build, { now, owner }: HistoryView): Cell[] {
  const attempt = build.attempt === 1 ? '' : ` (${build.attempt})`;
  return [
    { text: String(build.id) },
    { text: build.state + attempt, colour: colours[build.state] },
    { text: harmlessLine(displayName({ owner: build.owner, name: build.repo }, owner)) },
    { text: harmlessLine(build.branch) },
    { text: build.sha.slice(0, 7) },
    { text: build.reason },
    { text: `${shortTime(build.queuedAt, now)} (${rough(now - build.queuedAt)} ago)` },
    { text: took(build, now) },
    { text: whatFailed(build) },
  ];
}

function took({ startedAt, finishedAt }: Build, now: number): string {
  if (startedAt === null) return '-';
  return finishedAt === null ? `${rough(now - startedAt)} so far` : elapsed(finishedAt - startedAt);
}

/** The state has its own column. */
function whatFailed(build: Build): string {
  return outcome({ ...build, state: '' }).replace(/^(: | in )/, '');
}

/** `history --json`: the array of spec 4; `docs/history.schema.json` describes it. `logOf` gives a build's own log. */
export function historyJson({ builds, owner }: HistoryView, logOf: (id: number) => string): string {
  return jsonText(
    builds.map((build) => ({
      id: build.id,
      repo: displayName({ owner: build.owner, name: build.repo }, owner),
      branch: build.branch,
      sha: build.sha,
      bootstrap_sha: build.bootstrapSha,
      reason: build.reason,
      state: build.state,
      attempt: build.attempt,
      queued_at: iso(build.queuedAt),
      started_at: iso(build.startedAt),
      finished_at: iso(build.finishedAt),
      duration_ms:
        build.startedAt === null || build.finishedAt === null ? null : build.finishedAt - build.startedAt,
      step: build.step,
      exit_code: build.exitCode,
      log: build.startedAt === null ? null : logOf(build.id),
    })),
  );
}
