import type { Clock } from '../clock.ts';
import { check, severities, type Thresholds, type Verdict } from '../domain/check.ts';
import type { Config } from '../domain/config.ts';
import type { Facts } from '../domain/facts.ts';
import { type Finding, findings } from '../output/findings.ts';
import { nagios } from '../output/nagios.ts';
import { prometheus, prometheusUnknown } from '../output/prometheus.ts';
import { statusJson, statusJsonUnknown } from '../output/status-json.ts';
import { replaceFile } from '../replace-file.ts';
import { databaseFile, openForReading, withWayOut } from '../store/database.ts';
import { readFacts } from '../store/facts.ts';
import { UserError } from '../user-error.ts';
import type { CommandResult } from './result.ts';
import { sentence, statusUnknown, unknownCode } from './status-unknown.ts';
import { parseThresholds } from './thresholds.ts';

export interface StatusOptions {
  /** `[METRIC=]RANGE`, as given. */
  readonly warning: readonly string[];
  readonly critical: readonly string[];
  readonly prometheus: boolean;
  /** Where `--prometheus` writes instead of stdout. */
  readonly output: string | null;
  readonly json: boolean;
}

export interface StatusRequest {
  readonly options: StatusOptions;
  readonly config: Config;
  readonly clock: Clock;
  /** Free bytes on the disk of a folder; null: cannot be told. */
  freeBytes(folder: string): number | null;
}

/** The monitoring plugin. Never throws: whatever keeps it from a verdict is UNKNOWN, exit code 3, on stdout. */
export async function status(request: StatusRequest): Promise<CommandResult> {
  try {
    const thresholds = parseThresholds(request.options);
    if (request.options.output !== null && !request.options.prometheus) {
      throw new UserError('--output FILE goes with --prometheus');
    }
    return present(request, gather(request), thresholds);
  } catch (error) {
    return unknown(request.options, withWayOut(databaseFile(request.config.datadir), error));
  }
}

/** Throws a UserError where there is nothing to judge. */
function gather({ config, clock, freeBytes }: StatusRequest): Facts {
  const { datadir, owner, file } = config;
  const wayOut = `run "ampci poll --config ${file}" once as the user of the crontab, and see "ampci check" for the crontab line`;
  const db = openForReading(datadir);
  if (!db) throw new UserError(`no database ${databaseFile(datadir)} yet: ${wayOut}`);
  try {
    const facts = readFacts(db, { now: clock(), owner });
    if (!facts) throw new UserError(`nothing was polled yet (${databaseFile(datadir)}): ${wayOut}`);
    return { ...facts, freeDiskBytes: fullest([datadir, config.temproot], freeBytes) };
  } finally {
    db.close();
  }
}

function fullest(folders: readonly string[], freeBytes: StatusRequest['freeBytes']): number | null {
  const known = folders.map(freeBytes).filter((bytes) => bytes !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function present({ options, config }: StatusRequest, facts: Facts, thresholds: Thresholds): CommandResult {
  const timeouts = [config, ...config.repos].map(({ timeoutMs }) => timeoutMs ?? 0);
  const expected = { timeoutMs: Math.max(...timeouts), minFreeDiskBytes: config.minFreeDiskBytes };
  const verdict = check(facts, expected, thresholds);
  if (options.prometheus) return exposition(options.output, prometheus(facts, verdict));
  const output = render(options, { verdict, found: findings(verdict, facts), facts });
  return { output, exitCode: severities.indexOf(verdict.severity) };
}

function render(
  { json }: StatusOptions,
  { verdict, found, facts }: { verdict: Verdict; found: readonly Finding[]; facts: Facts },
): string {
  return json ? statusJson(verdict, found, facts) : nagios(verdict, found, facts);
}

/** Exit code 0, whatever the verdict: it is among the metrics, and cron would mail nothing but noise. */
function exposition(file: string | null, text: string): CommandResult {
  if (file === null) return { output: text, exitCode: 0 };
  write(file, text);
  return { output: '', exitCode: 0 };
}

/** Readable by the collector, whoever that runs as. Throws a UserError. */
function write(file: string, text: string): void {
  try {
    replaceFile(file, text, { mode: 0o644 });
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`);
  }
}

function unknown(options: StatusOptions, error: unknown): CommandResult {
  if (options.json) return { output: statusJsonUnknown(sentence(error)), exitCode: unknownCode };
  if (!options.prometheus) return statusUnknown(error);
  if (options.output === null) return { output: prometheusUnknown(), exitCode: unknownCode };
  return unknownToFile(options.output, error);
}

/** The file must not go on telling that all is well; whoever reads the output is told why. */
function unknownToFile(file: string, error: unknown): CommandResult {
  try {
    write(file, prometheusUnknown());
  } catch {
    // The first error says more than that this one could not be written either.
  }
  return statusUnknown(error);
}
