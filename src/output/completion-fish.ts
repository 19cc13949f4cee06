import type { CommandDescription, OptionDescription, ProgramDescription } from './program.ts';
import { takesFile } from './program.ts';

/** Completion for fish. */
export function fishCompletion(program: ProgramDescription): string {
  const { name, commands } = program;
  const atStart = '-n __fish_use_subcommand';
  return [
    `# Completion of ${name} for fish: ${name} completion fish | source`,
    `complete -c ${name} -f`,
    ...commands.map((each) => `complete -c ${name} ${atStart} -a ${each.name} -d ${quoted(each.summary)}`),
    ...program.options.map((option) => `complete -c ${name} ${atStart} ${optionWords(option)}`),
    ...commands.flatMap((command) => commandLines(name, command)),
    '',
  ].join('\n');
}

function commandLines(program: string, command: CommandDescription): readonly string[] {
  const within = `complete -c ${program} -n '__fish_seen_subcommand_from ${command.name}'`;
  const choices = command.arguments.flatMap((each) => each.choices);
  return [
    ...command.options.map((option) => `${within} ${optionWords(option)}`),
    ...(choices.length > 0 ? [`${within} -a ${quoted(choices.join(' '))}`] : []),
  ];
}

function optionWords(option: OptionDescription): string {
  const names = [...(option.short === null ? [] : ['-s', option.short.slice(1)]), '-l', option.long.slice(2)];
  // -x: a value, and no file.
  const value = option.value === null ? [] : takesFile(option) ? ['-r', '-F'] : ['-x'];
  const choices = option.choices.length > 0 ? ['-a', quoted(option.choices.join(' '))] : [];
  return [...names, ...value, ...choices, '-d', quoted(option.description)].join(' ');
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
