import { Command, InvalidArgumentError, Option } from 'commander';
import { durationForm, parseDuration } from '../domain/duration.ts';

/** A command of ampci with what all of them have. `status` keeps `-c` for its critical range. */
export function describe(
  name: string,
  usage: { summary: string; examples: readonly string[]; shortConfig?: boolean },
): Command {
  const flags = usage.shortConfig === false ? '--config <file>' : '-c, --config <file>';
  return new Command(name)
    .description(usage.summary)
    .addOption(new Option(flags, 'the configuration').default(undefined, '$AMPCI_CONFIG, else ./amp.yaml'))
    .option('-v, --verbose', 'say on stderr what is being done')
    .addHelpText('after', `\nExamples:\n${usage.examples.map((example) => `  $ ${example}\n`).join('')}`);
}

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError(`Expected ${durationForm}.`);
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
