import {
  type CommandDescription,
  namesOf,
  type OptionDescription,
  type ProgramDescription,
} from './program.ts';

/** The manual page in man(7)'s macros. */
export function manPage(program: ProgramDescription): string {
  const { name, summary, version, commands } = program;
  const title = name.toUpperCase();
  return [
    `.TH ${title} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${text(name)} \\- ${text(summary)}`,
    '.SH SYNOPSIS',
    ...commands.flatMap((command) => [
      `.B ${text(`${name} ${command.name}`)}`,
      text(synopsisOf(command)),
      '.br',
    ]),
    '.SH DESCRIPTION',
    ...description.map(text),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandSection(name, command)),
    '.SH OPTIONS BEFORE A COMMAND',
    ...program.options.flatMap(optionLines),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]),
    '.SH ENVIRONMENT',
    ...variables.flatMap(([variable, meaning]) => ['.TP', `.B ${text(variable)}`, text(meaning)]),
    '.SH FILES',
    ...files.flatMap(([file, meaning]) => ['.TP', `.I ${text(file)}`, text(meaning)]),
    '.SH SEE ALSO',
    '.BR crontab (5),',
    '.BR git (1)',
    '',
  ].join('\n');
}

function synopsisOf(command: CommandDescription): string {
  const options = command.options.length > 0 ? ['[options]'] : [];
  return [...options, ...command.arguments.map(({ synopsis }) => synopsis)].join(' ');
}

function commandSection(program: string, command: CommandDescription): readonly string[] {
  const parameters = command.arguments.filter((each) => each.description !== '');
  return [
    `.SS ${text(`${program} ${command.name} ${synopsisOf(command)}`.trimEnd())}`,
    text(sentence(command.summary)),
    ...parameters.flatMap((each) => ['.TP', `.I ${text(each.synopsis)}`, text(each.description)]),
    ...command.options.flatMap(optionLines),
    ...(command.examples.length === 0
      ? []
      : ['.PP', 'Examples:', '.PP', '.RS', '.nf', ...command.examples.map(text), '.fi', '.RE']),
  ];
}

function optionLines(option: OptionDescription): readonly string[] {
  const value = option.value === null ? '' : ` \\fI${text(option.value)}\\fR`;
  const names = namesOf(option).map((name) => `\\fB${text(name)}\\fR`);
  const choices = option.choices.length > 0 ? ` (${option.choices.join(', ')})` : '';
  return ['.TP', `${names.join(', ')}${value}`, text(`${option.description}${choices}`)];
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** Dashes are for copying, backslashes as they are, and no line is taken for a request. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

const description = [
  'Builds what was pushed, without a daemon and without an open port: cron starts it every minute, it asks GitHub',
  '(or any git server) which branches moved, checks each of them out beside the bootstrap repository and runs the',
  'configured scripts. It is silent so long as all is well.',
];

const exitCodes = [
  ['0', 'All is well, or another poll is at work.'],
  ['1', 'A build failed, or "check" found a problem.'],
  [
    '2',
    'The configuration, the command line or what ampci keeps its data in is wrong: a sentence says what.',
  ],
  ['3', 'The forge could not be polled.'],
  ['0 to 3', 'Of "status": OK, WARNING, CRITICAL, UNKNOWN.'],
  ['70', 'A bug in ampci.'],
  ['130', '"init" was left before it wrote anything.'],
] as const;

const variables = [
  ['AMPCI_CONFIG', 'The configuration, where -c does not name one.'],
  ['GITHUB_TOKEN, GH_TOKEN', 'The token for GitHub. Scripts do not see it.'],
  ['GITHUB_API_URL', 'The address of the API, where "api_url" does not say.'],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'The proxy, for the API and for git.'],
  ['XDG_CACHE_HOME', 'Holds ampci/, the cache of the configuration; default ~/.cache.'],
  ['NO_COLOR', 'No colours, if it is not empty.'],
] as const;

const files = [
  ['amp.yaml', 'The configuration: amp.yaml.example explains every key.'],
  ['ampci.db', 'What was seen and built, in the datadir.'],
  ['logs/', 'ampci.log, a log for each repository, and builds/ with the output of each build.'],
  ['mirrors/', 'Local copies of the repositories.'],
] as const;
