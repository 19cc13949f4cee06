import { ok } from '../domain/check-item.ts';
import type { Config } from '../domain/config.ts';
import { judgeSite } from '../domain/judge-site.ts';
import type {
  DatabaseFacts,
  FolderFacts,
  ForgeFacts,
  ProgramFacts,
  ScriptFacts,
} from '../domain/site-facts.ts';
import { checkJson, checkList } from '../output/check-list.ts';
import { cronLine } from '../output/cron-line.ts';
import type { Paint } from '../output/paint.ts';
import { configuredScripts } from './configured-scripts.ts';
import type { CommandResult } from './result.ts';

/** How `check` finds out what it judges. */
export interface Probes {
  script(path: string): Omit<ScriptFacts, 'name' | 'path' | 'key' | 'line'>;
  folder(path: string): FolderFacts;
  database(config: Config): DatabaseFacts;
  /** `2.47.3`; null: there is no git on the PATH. */
  gitVersion(): Promise<string | null>;
  forge(): Promise<ForgeFacts>;
  readonly program: Omit<ProgramFacts, 'config'>;
}

export interface CheckRequest {
  readonly config: Config;
  readonly probes: Probes;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly offline: boolean;
  readonly json: boolean;
  readonly paint: Paint;
}

/** Looks at all that a poll needs, and says what is wrong and how to mend it. Exit 1: something keeps ampci from its job. */
export async function check({
  config,
  probes,
  now,
  offline,
  json,
  paint,
}: CheckRequest): Promise<CommandResult> {
  const [gitVersion, forge] = await Promise.all([probes.gitVersion(), offline ? null : probes.forge()]);
  const program = { ...probes.program, config: config.file };
  const facts = {
    scripts: configuredScripts(config).map((script) => ({ ...script, ...probes.script(script.path) })),
    gitVersion,
    temproot: probes.folder(config.temproot),
    datadir: probes.folder(config.datadir),
    database: probes.database(config),
    forge,
  };
  const items = [...judgeSite(config, facts, now), ok('crontab', cronLine(program))];
  const isBroken = items.some(({ state }) => state === 'problem');
  return { output: json ? checkJson(items) : checkList(items, paint), exitCode: isBroken ? 1 : 0 };
}
