import { Command, type CommanderError, Help, InvalidArgumentError, type Option } from 'commander';
import { durationForm, parseDuration } from '../domain/duration.ts';
import { UserError } from '../user-error.ts';
import { version } from '../version.ts';

/** A command of ampci with what all of them have. `status` keeps `-c` for its critical range. */
export function describe(
  name: string,
  usage: { summary: string; examples: readonly string[]; shortConfig?: boolean },
): Command {
  const flags = usage.shortConfig === false ? '--config <file>' : '-c, --config <file>';
  return new Command(name)
    .description(usage.summary)
    .option(flags, 'the configuration (default: $AMPCI_CONFIG, else ./amp.yaml)')
    .option('-v, --verbose', 'say on stderr what is being done')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ optionDescription })
    .addHelpText('after', `\nExamples:\n${usage.examples.map((example) => `  $ ${example}\n`).join('')}`);
}

/** That a switch is off by default goes without saying. */
function optionDescription(this: Help, option: Option): string {
  const isSwitch = option.isBoolean() && option.defaultValue === false;
  return isSwitch ? option.description : Help.prototype.optionDescription.call(this, option);
}

/** commander's sentence in ampci's manner: on one line, with the nearest name and where to look. */
export function usageMistake({ message }: CommanderError, command: string | null): UserError {
  const sentence = message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.+)\?\)$/s, ' (did you mean $1?)')
    .replace(/\.$/, '');
  return new UserError(`${sentence}; see "ampci ${command ? `${command} ` : ''}--help"`);
}

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(`Expected ${durationForm}.`);
  return ms;
}

/** A duration in which something can happen. */
export function interval(text: string): number {
  const ms = duration(text);
  if (ms === 0) throw new InvalidArgumentError('Expected at least 1s.');
  return ms;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(text);
}

/** For options that may be given more than once. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
