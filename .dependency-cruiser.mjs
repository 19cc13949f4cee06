/** Which way imports run, each with its reason. `npm run directions` checks it. */
const layers = {
  domain: '^src/domain/',
  output: '^src/output/',
  adapters: '^src/(forge|executor|notifier|git|store|logs|process|config)/',
  stories: '^src/(poll/|build\\.ts|poll\\.ts|crew\\.ts|recover\\.ts)',
  commands: '^src/commands/',
};

const oneDoor = (library, folder, why) => ({
  name: `only-${folder.replaceAll(/\W+/g, '-')}-uses-${library}`,
  comment: why,
  severity: 'error',
  from: { path: '^src/', pathNot: folder },
  to: { path: `node_modules/${library}/` },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A circle has no beginning to read from.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-is-pure',
      comment: 'Decisions are data from pure functions: no I/O, no library, no clock.',
      severity: 'error',
      from: { path: layers.domain },
      to: { pathNot: layers.domain },
    },
    {
      name: 'output-is-pure',
      comment: 'Wording is a function from values to text.',
      severity: 'error',
      from: { path: layers.output },
      to: { pathNot: [layers.domain, layers.output] },
    },
    {
      name: 'adapters-know-no-story',
      comment: 'An adapter serves the stories; it does not call them.',
      severity: 'error',
      from: { path: layers.adapters },
      to: { path: ['^src/(cli|context)\\.ts', layers.commands, layers.stories] },
    },
    {
      name: 'stories-know-no-command',
      comment: 'Commands tell stories to users, not the other way round.',
      severity: 'error',
      from: { path: layers.stories },
      to: { path: ['^src/cli\\.ts', layers.commands] },
    },
    {
      name: 'forge-and-git-are-strangers',
      comment: 'Adapters never import each other: what one needs of another is handed in.',
      severity: 'error',
      from: { path: '^src/(forge|git|executor|notifier)/' },
      to: {
        path: '^src/(forge|git|executor|notifier|store)/',
        pathNot: '^src/$1/',
        dependencyTypesNot: ['type-only'],
      },
    },
    oneDoor('@octokit', '^src/forge/', 'GitHub is asked in one place, where its traps are known.'),
    oneDoor(
      'simple-git',
      '^src/git/',
      'git goes through one door, which keeps tokens out of argv and hooks from running.',
    ),
    oneDoor(
      'better-sqlite3',
      '^src/store/',
      'The database has one door, which keeps every state change one transaction.',
    ),
    oneDoor('execa', '^src/(executor|notifier)/', 'Only scripts and sendmail are started from here.'),
    oneDoor('pino', '^src/log\\.ts', 'One place knows the format of a line.'),
    oneDoor('yaml', '^src/config/', 'amp.yaml is read in one place.'),
    oneDoor(
      'commander',
      '^src/(cli\\.ts|cli/|commands/completion\\.ts|commands/man\\.ts)',
      'The command line is declared in one place.',
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
