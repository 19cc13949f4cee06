import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { CommandResult } from '../commands/result.ts';
import { cacheDirectory, readConfig, watchForChange } from '../config/read.ts';
import { type Access, type Context, openContext } from '../context.ts';
import type { Config } from '../domain/config.ts';
import { databaseFile, withWayOut } from '../store/database.ts';
import type { Process } from './process.ts';

interface CommonOptions {
  readonly config?: string;
  readonly verbose?: boolean;
}

/** Reads the configuration that the command line means, runs a command on it and prints what it has to say. */
export async function withConfig(
  process: Process,
  command: Command,
  use: (config: Config) => Promise<CommandResult>,
): Promise<void> {
  await present(process, await use(await readConfigFor(process, command)));
}

/** The same with the world opened for it, and closed after it. */
export async function withContext(
  process: Process,
  command: Command,
  { access, use }: { access: Access; use: (context: Context) => Promise<CommandResult> },
): Promise<void> {
  const isOutdated = watchForChange(configFile(process, command));
  const config = await readConfigFor(process, command);
  const { verbose } = command.optsWithGlobals<CommonOptions>();
  try {
    const context = openContext({
      config,
      isOutdated,
      access,
      command: command.name(),
      environment: process.environment,
      clock: systemClock,
      signal: process.signal,
      pause: process.pause,
      tell: process.tell,
      verbose: verbose ?? false,
    });
    try {
      await present(process, await use(context));
    } finally {
      context.close();
    }
  } catch (error) {
    throw withWayOut(databaseFile(config.datadir), error);
  }
}

async function readConfigFor(process: Process, command: Command): Promise<Config> {
  const { environment } = process;
  const file = configFile(process, command);
  const config = await readConfig({ file, environment, cacheDir: cacheDirectory(environment) });
  const { verbose } = command.optsWithGlobals<CommonOptions>();
  if (verbose) process.tell(`ampci: configuration ${config.file}, database ${databaseFile(config.datadir)}`);
  return config;
}

/** The configuration that the command line or the environment names; behind the command is nearer than before it. */
export function configFile({ environment }: Process, command: Command): string {
  const { config = command.optsWithGlobals<CommonOptions>().config } = command.opts<CommonOptions>();
  return config ?? (environment.AMPCI_CONFIG || 'amp.yaml');
}

/** Prints what a command has to say, and sets the exit code. */
export async function present(
  process: Process,
  { output, exitCode, pageable }: CommandResult,
): Promise<void> {
  process.exitWith(exitCode);
  if (output === '') return;
  if (!pageable || !process.terminal.isTerminal) return process.write(output);
  const { printPaged } = await import('../pager.ts');
  await printPaged(output, { terminal: process.terminal, env: process.environment });
}
