import { Command, CommanderError } from 'commander';
import { build, poll, prune } from './cli/building.ts';
import { history, log, status, why } from './cli/looking.ts';
import { type Process, realProcess } from './cli/process.ts';
import { check, completion, init } from './cli/setting-up.ts';
import { statusUnknown } from './commands/status.ts';
import { UserError } from './user-error.ts';
import { version } from './version.ts';

const usageError = 2;
const bug = 70;

/** The program as users type it: all commands, ready to parse. */
export function program(process: Process): Command {
  const ampci = new Command('ampci')
    .description('CI that needs no daemon, no open port and no attention: one line in a crontab')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    // `-c` before the command is the configuration, behind `status` it is a critical range.
    .enablePositionalOptions()
    .option('-c, --config <file>', 'the configuration (default: $AMPCI_CONFIG, else ./amp.yaml)');
  const commands = [poll, build, status, history, log, why, check, init, prune, completion];
  for (const declare of commands) ampci.addCommand(declare(process));
  return ampci;
}

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  const process = realProcess();
  const ampci = program(process);
  const asked = { status: false };
  ampci.hook('preSubcommand', (_, subcommand) => {
    asked.status = subcommand.name() === 'status';
  });
  process.onUncaught((error) => process.exit(fail(process, error, asked.status)));
  for (const command of [ampci, ...ampci.commands]) catchUsage(command, process, asked);
  try {
    await ampci.parseAsync(process.argv);
  } catch (error) {
    process.exitWith(fail(process, error, asked.status));
  }
}

/** commander would exit 1, which is "a build failed" for cron and WARNING for a monitor. */
function catchUsage(command: Command, process: Process, asked: { readonly status: boolean }): void {
  command.exitOverride().configureOutput({
    writeErr: (text) => {
      if (!asked.status) process.tell(text.trimEnd());
    },
  });
}

/** Says what went wrong, where whoever asked looks for it; returns the exit code. */
function fail(process: Process, error: unknown, askedStatus: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (askedStatus) {
    const { output, exitCode } = statusUnknown(error);
    process.write(output);
    return exitCode;
  }
  if (error instanceof CommanderError) return usageError;
  if (error instanceof UserError) {
    process.tell(`ampci: ${error.message}`);
    return error.exitCode;
  }
  process.tell(`ampci: this is a bug: ${error instanceof Error ? error.stack : String(error)}`);
  return bug;
}
