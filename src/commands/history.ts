import type { Clock } from '../clock.ts';
import type { Config } from '../domain/config.ts';
import { buildLogFile } from '../logs/build-log.ts';
import { type HistoryView, historyJson, historyTable } from '../output/history.ts';
import { painter } from '../output/paint.ts';
import { databaseFile } from '../store/database.ts';
import { readHistory } from '../store/history.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { buildFilter, type FilterOptions } from './build-filter.ts';
import { changes } from './changes.ts';
import { reading } from './reading.ts';
import type { CommandResult } from './result.ts';

export interface HistoryOptions extends FilterOptions {
  /** How many at most, from 1. */
  readonly count: number;
  /** Stays and shows what changes, until `signal` aborts. */
  readonly watch: boolean;
  readonly json: boolean;
}

export interface HistoryRequest {
  readonly options: HistoryOptions;
  readonly config: Config;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** A table of builds, newest first. Throws a UserError: no database, an unknown name, a filter that is none. */
export async function history(request: HistoryRequest): Promise<CommandResult> {
  if (request.options.watch) return await watchHistory(request);
  const view = look(request, request.options.count);
  if (request.options.json) {
    return { output: historyJson(view, (id) => buildLogFile(request.config.datadir, id)), exitCode: 0 };
  }
  return { output: table(view, request.terminal), exitCode: 0, pageable: true };
}

function look({ options, config, clock }: HistoryRequest, count: number): HistoryView {
  const now = clock();
  const builds = reading(config.datadir, (db) =>
    readHistory(db, buildFilter(options, { db, config, now }), count),
  );
  return { builds, now, owner: config.owner };
}

function table(view: HistoryView, terminal: Terminal): string {
  return historyTable(view, { columns: terminal.columns(), paint: painter(terminal.color) });
}

/** Redraws at every change; durations grow in between. */
const redrawEveryMs = 2000;
const clearScreen = '\u001b[H\u001b[2J';

async function watchHistory(request: HistoryRequest): Promise<CommandResult> {
  const { terminal, options, config, signal } = request;
  if (!terminal.isTerminal || options.json)
    throw new UserError('--watch needs a terminal, and shows no JSON');
  for await (const _ of changes([databaseFile(config.datadir)], { signal, atLeastEveryMs: redrawEveryMs })) {
    const fitting = Math.min(options.count, Math.max(1, terminal.rows() - 2));
    terminal.write(clearScreen + table(look(request, fitting), terminal));
  }
  return { output: '', exitCode: 0 };
}
