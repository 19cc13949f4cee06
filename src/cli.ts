import { Command, CommanderError } from 'commander';
import { build, poll, prune } from './cli/building.ts';
import { history, log, status, why } from './cli/looking.ts';
import { type Process, realProcess } from './cli/process.ts';
import { check, completion, init } from './cli/setting-up.ts';
import { usageMistake } from './cli/usage.ts';
import { statusUnknown } from './commands/status-unknown.ts';
import { UserError } from './user-error.ts';
import { version } from './version.ts';

const usageError = 2;
const bug = 70;

const commands = [poll, build, status, history, log, why, check, init, prune, completion];

/** The program as users type it: all commands, ready to parse. */
export function program(process: Process, declared = commands): Command {
  const ampci = new Command('ampci')
    .description('CI that needs no daemon, no open port and no attention: one line in a crontab')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    // `-c` before the command is the configuration, behind `status` it is a critical range.
    .enablePositionalOptions()
    .option('-c, --config <file>', 'the configuration (default: $AMPCI_CONFIG, else ./amp.yaml)');
  for (const declare of declared) ampci.addCommand(declare(process));
  return ampci;
}

/** What cron and monitors run every minute: declaring the other commands as well would take 2 ms. */
const byTheMinute = new Map([
  ['poll', [poll]],
  ['status', [status]],
]);

/** Runs the command line of this process. */
export async function main(): Promise<never> {
  const process = realProcess();
  const ampci = program(process, byTheMinute.get(process.argv[2] ?? ''));
  const asked: Asked = { command: null };
  ampci.hook('preSubcommand', (_, subcommand) => {
    asked.command = subcommand.name();
  });
  process.onUncaught((error) => process.exit(fail(process, error, asked)));
  for (const command of [ampci, ...ampci.commands]) catchUsage(command, process);
  try {
    await ampci.parseAsync(process.argv);
  } catch (error) {
    process.exitWith(fail(process, error, asked));
  }
  // All that was to be done has been waited for: closed connections need not be.
  return process.exit();
}

/** Which command the command line means, as far as it was understood. */
interface Asked {
  command: string | null;
}

/** commander would exit 1, which is "a build failed" for cron and WARNING for a monitor. */
function catchUsage(command: Command, process: Process): void {
  command.exitOverride().configureOutput({
    writeOut: process.write,
    writeErr: (text) => process.tell(text.trimEnd()),
    outputError: () => {},
  });
}

/** Says what went wrong, where whoever asked looks for it; returns the exit code. */
function fail(process: Process, thrown: unknown, { command }: Asked): number {
  // The help, which has been printed: asked for, or because there was no command.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') return usageError;
  const error = thrown instanceof CommanderError ? usageMistake(thrown, command) : thrown;
  if (command === 'status') return answerUnknown(process, error);
  if (error instanceof UserError) {
    process.tell(`ampci: ${error.message}`);
    return error.exitCode;
  }
  process.tell(`ampci: this is a bug: ${error instanceof Error ? error.stack : String(error)}`);
  return bug;
}

/** On stdout, where a monitor reads; on stderr where the former cannot be written (a full disk). */
function answerUnknown(process: Process, error: unknown): number {
  const { output, exitCode } = statusUnknown(error);
  try {
    process.write(output);
  } catch {
    process.tell(output.trimEnd());
  }
  return exitCode;
}
