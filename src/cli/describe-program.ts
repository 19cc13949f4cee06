import { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import type {
  ArgumentDescription,
  CommandDescription,
  OptionDescription,
  ProgramDescription,
} from '../output/program.ts';

/** The program as its help has it: the one source of help, completion and the manual page. */
export function describeProgram(program: Command): ProgramDescription {
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  return {
    ...describeCommand(program),
    version: program.version() ?? '',
    commands: commands.map(describeCommand),
  };
}

function describeCommand(command: Command): CommandDescription {
  return {
    name: command.name(),
    summary: command.description(),
    arguments: command.registeredArguments.map(describeArgument),
    options: command.createHelp().visibleOptions(command).flatMap(describeOption),
    examples: examplesOf(command),
  };
}

function describeArgument(argument: Argument): ArgumentDescription {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return {
    synopsis: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    choices: argument.argChoices ?? [],
  };
}

function describeOption(option: Option): readonly OptionDescription[] {
  if (option.long === undefined) return [];
  const value = /[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? null;
  const { short = null, long, description, argChoices: choices = [] } = option;
  return [{ short, long, value, description, choices }];
}

/** commander tells what stands below a help only to whoever prints it. */
function examplesOf(command: Command): readonly string[] {
  let below = '';
  const write = (text: string) => {
    below += text;
  };
  if (command instanceof EventEmitter) command.emit('afterHelp', { error: false, command, write });
  return Array.from(below.matchAll(/^ *\$ (.+)$/gm), ([, line = '']) => line);
}
