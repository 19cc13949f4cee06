import {
  type CommandDescription,
  namesOf,
  type OptionDescription,
  type ProgramDescription,
  takesFile,
} from './program.ts';

/** Completion for zsh: sourced, or as `_ampci` in a folder of fpath. */
export function zshCompletion(program: ProgramDescription): string {
  const { name, commands } = program;
  return `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completion zsh)
_${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${specs(program)
  .map((spec) => `    ${spec} \\\n`)
  .join('')}    '1:command:->command' \\
    '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
${commands.map((each) => `        ${quoted(`${each.name}:${each.summary}`)}\n`).join('')}      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
${commands.map(commandCase).join('')}      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function commandCase(command: CommandDescription): string {
  const parameters = command.arguments.map(({ synopsis, choices }, index) => {
    const place = synopsis.includes('...') ? '*' : String(index + 1);
    const fill = choices.length > 0 ? `(${choices.join(' ')})` : ' ';
    return quoted(`${place}:${synopsis.replace(/[<>[\].]/g, '')}:${fill}`);
  });
  const lines = [...specs(command), ...parameters].map((spec) => ` \\\n            ${spec}`);
  return `        ${command.name}) _arguments${lines.join('')} ;;\n`;
}

function specs({ options }: CommandDescription): readonly string[] {
  return options.flatMap((option) => namesOf(option).map((name) => spec(name, option)));
}

/** Each name excludes the option's others; a description's own brackets and colons are escaped. */
function spec(name: string, option: OptionDescription): string {
  const description = option.description.replace(/[\\[\]:]/g, '\\$&');
  const fill = takesFile(option)
    ? '_files'
    : option.choices.length > 0
      ? `(${option.choices.join(' ')})`
      : ' ';
  const value = option.value === null ? '' : `:${option.value}:${fill}`;
  return quoted(`(${namesOf(option).join(' ')})${name}[${description}]${value}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
