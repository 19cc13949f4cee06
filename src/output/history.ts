import type { Build, State } from '../domain/build.ts';
import { displayName } from '../domain/repo-name.ts';
import { outcome } from './findings.ts';
import { harmlessLine } from './harmless.ts';
import { jsonText } from './json.ts';
import type { Colour, Paint } from './paint.ts';
import { type Cell, renderTable, showsLast, type Table } from './table.ts';
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

/** A table of builds, as they come. Where a terminal is narrow, what says least goes first. */
export function historyTable(view: HistoryView, { columns, paint }: Surface): string {
  if (view.builds.length === 0) return 'no builds\n';
  const tables = leftOut.map((names) => tableWithout(view, names));
  const fitting = tables.find((table) => showsLast(table, columns)) ?? tables.at(-1);
  return fitting ? renderTable(fitting, columns, paint) : '';
}

const leftOut: readonly (readonly ColumnName[])[] = [
  ['AGE'],
  ['AGE', 'REASON'],
  ['QUEUED', 'REASON'],
  ['QUEUED', 'REASON', 'COMMIT'],
];

function tableWithout(view: HistoryView, names: readonly ColumnName[]): Table {
  const kept = Object.entries(columnsOf).filter(([name]) => !names.includes(name as ColumnName));
  return {
    head: kept.map(([name]) => name),
    rows: view.builds.map((build) => kept.map(([, cell]) => cell(build, view))),
  };
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

const columnsOf = {
  BUILD: ({ id }) => ({ text: String(id) }),
  STATE: ({ state, attempt }) => ({
    text: attempt === 1 ? state : `${state} (${attempt})`,
    colour: colours[state],
  }),
  REPO: (build, { owner }) => ({
    text: harmlessLine(displayName({ owner: build.owner, name: build.repo }, owner)),
  }),
  BRANCH: ({ branch }) => ({ text: harmlessLine(branch) }),
  COMMIT: ({ sha }) => ({ text: sha.slice(0, 7) }),
  REASON: ({ reason }) => ({ text: reason }),
  QUEUED: (build, view) => ({ text: `${shortTime(build.queuedAt, view.now)} (${ago(build, view)})` }),
  AGE: (build, view) => ({ text: ago(build, view) }),
  TOOK: (build, { now }) => ({ text: took(build, now) }),
  'WHAT FAILED': (build) => ({ text: whatFailed(build) }),
} satisfies Record<string, (build: Build, view: HistoryView) => Cell>;

type ColumnName = keyof typeof columnsOf;

function ago({ queuedAt }: Build, { now }: HistoryView): string {
  return `${rough(now - queuedAt)} ago`;
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
