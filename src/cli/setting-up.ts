import { realpathSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { systemClock as clock } from '../clock.ts';
import type { CheckRequest } from '../commands/check.ts';
import type { CommandResult } from '../commands/result.ts';
import type { Config } from '../domain/config.ts';
import type { Process } from './process.ts';
import { configFile, present, withConfig } from './run.ts';
import { describe } from './usage.ts';

/** The commands that set ampci up: what a command needs is imported when it runs. */
export function check(process: Process): Command {
  return describe('check', {
    summary: 'look at all that a poll needs, and say how to mend what is wrong',
    examples: ['ampci check', 'ampci check --offline', 'ampci check --config /srv/amp/amp.yaml --json'],
  })
    .option('--offline', 'ask no server', false)
    .option('--json', 'print JSON', false)
    .action(async (options: CheckOptions, command: Command) => {
      await withConfig(process, command, (config) => runCheck(process, config, options));
    });
}

type CheckOptions = Pick<CheckRequest, 'offline' | 'json'>;

async function runCheck(process: Process, config: Config, options: CheckOptions): Promise<CommandResult> {
  const { siteProbes } = await import('../commands/site-probes.ts');
  const { check } = await import('../commands/check.ts');
  const { painter } = await import('../output/paint.ts');
  const { environment, signal, terminal, argv } = process;
  const program = { node: argv[0] ?? '', launcher: realpathSync(argv[1] ?? '') };
  const probes = siteProbes({ config, environment, clock, signal, program });
  return check({ ...options, config, probes, now: clock(), paint: painter(terminal.color) });
}

export function init(process: Process): Command {
  return describe('init', {
    summary: 'write an amp.yaml from the answers to four questions, and check it',
    examples: [
      'ampci init',
      'ampci init --baseurl https://github.com/acme --repos tool ui --scripts build.sh --bootstrap none',
    ],
  })
    .option('--baseurl <url>', 'server and owner of the repositories')
    .option('--repos <names...>', 'repositories to build, or globs')
    .option('--scripts <files...>', 'what to run, in this order')
    .option('--bootstrap <repo>', 'the repository that every build has beside its own; none for none')
    .action(async (options, command: Command) => {
      const [{ init }, { openAsker }] = await Promise.all([
        import('../commands/init.ts'),
        import('./asker.ts'),
      ]);
      const asker = openAsker(process);
      try {
        const result = await init({
          options,
          file: configFile(process, command),
          githubApiUrl: process.environment.GITHUB_API_URL,
          ask: asker.ask,
          check: (config) => runCheck(process, config, { offline: false, json: false }),
        });
        await present(process, result);
      } finally {
        asker.close();
      }
    });
}

export function completion(process: Process): Command {
  return describe('completion', {
    summary: 'print the completion of the command line for a shell',
    examples: [
      'eval "$(ampci completion bash)"',
      'source <(ampci completion zsh)',
      'ampci completion fish > ~/.config/fish/completions/ampci.fish',
    ],
  })
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish', _, command: Command) => {
      const { completion } = await import('../commands/completion.ts');
      const { describeProgram } = await import('./describe-program.ts');
      await present(process, completion(describeProgram(command.parent ?? command), shell));
    });
}
