import { shellWord } from './harmless.ts';
import {
  type CommandDescription,
  namesOf,
  type OptionDescription,
  type ProgramDescription,
  takesFile,
} from './program.ts';

/** Completion for bash, without the package bash-completion. */
export function bashCompletion(program: ProgramDescription): string {
  const names = program.commands.map(({ name }) => name);
  const withValue = program.options.filter(({ value }) => value !== null).flatMap(namesOf);
  return `# Completion of ${program.name} for bash: eval "$(${program.name} completion bash)"
_${program.name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${withValue.join('|')}) ((i++)) ;;
      ${names.join('|')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $command in
    '')
${caseBody({ ...program, arguments: [{ synopsis: '', description: '', choices: names }] })}
      ;;
${program.commands.map((command) => `    ${command.name})\n${caseBody(command)}\n      ;;\n`).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${program.name} ${program.name}
`;
}

function caseBody({ options, arguments: parameters }: CommandDescription): string {
  const words = [...options.flatMap(namesOf), ...parameters.flatMap(({ choices }) => choices)];
  const values = options.filter(({ value }) => value !== null).map(valueCase);
  const cases = values.length === 0 ? [] : ['      case $prev in', ...values, '      esac'];
  return [...cases, `      words=${shellWord(words.join(' '))}`].join('\n');
}

/** After an option that takes a value: files, the choices, or nothing. */
function valueCase(option: OptionDescription): string {
  const fill = takesFile(option)
    ? 'compopt -o default; COMPREPLY=()'
    : `COMPREPLY=($(compgen -W ${shellWord(option.choices.join(' '))} -- "$cur"))`;
  return `        ${namesOf(option).join('|')}) ${fill}; return ;;`;
}
