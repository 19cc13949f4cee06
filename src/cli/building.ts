import { type Command, Option } from 'commander';
import { UserError } from '../user-error.ts';
import type { Process } from './process.ts';
import { withContext } from './run.ts';
import { describe, duration, interval } from './usage.ts';

/** The commands that build: what a command needs is imported when it runs. */
export function poll(process: Process): Command {
  return describe('poll', {
    summary: 'look which heads moved and build them; what cron runs',
    examples: ['ampci poll', 'ampci poll --dry-run --full', 'ampci poll --for 55s --every 5s'],
  })
    .argument('[repo...]', 'look at these repositories only')
    .option('--dry-run', 'say what would be built and why, and write nothing', false)
    .option('--full', 'ask for the heads of all repositories, whatever the hints say', false)
    .addOption(
      new Option('--for <duration>', 'go on polling for so long').argParser(duration).default(0, 'once'),
    )
    .addOption(
      new Option('--every <duration>', 'with --for: from one poll to the next')
        .argParser(interval)
        .default(5000, '5s'),
    )
    .action(async (repos: string[], options, command: Command) => {
      if (options.for === 0 && command.getOptionValueSource('every') === 'cli')
        throw new UserError('--every DURATION goes with --for');
      const { dryRun, poll } = await import('../commands/poll.ts');
      const request = { repos, full: options.full, forMs: options.for, everyMs: options.every };
      await withContext(process, command, {
        access: options.dryRun ? 'reading' : 'writing',
        use: (context) => (options.dryRun ? dryRun(context, request) : poll(context, request)),
      });
    });
}

export function build(process: Process): Command {
  return describe('build', {
    summary: "build a branch's head now, whatever was built before",
    examples: ['ampci build amppd', 'ampci build amppd release/2 --queue', 'ampci build amp_bootstrap'],
  })
    .argument('<repo>', "the repository; the bootstrap's name builds every repository")
    .argument('[branch]', 'the branch (default: its default branch)')
    .option('--sha <sha>', 'this commit, by its full SHA, instead of the head')
    .option('--queue', 'leave it to the next poll', false)
    .option('-q, --quiet', 'no live output; the end of it only if the build fails', false)
    .action(async (repo: string, branch: string | undefined, options, command: Command) => {
      const { build } = await import('../commands/build.ts');
      const { sha = null, queue, quiet } = options;
      const { terminal, onInsisted } = process;
      await withContext(process, command, {
        access: 'writing',
        use: (context) =>
          build(context, {
            options: { repo, branch: branch ?? null, sha, queue, quiet },
            terminal,
            onInsisted,
          }),
      });
    });
}

export function prune(process: Process): Command {
  return describe('prune', {
    summary: 'remove what `retention` lets go; poll does it by itself once a day',
    examples: ['ampci prune'],
  }).action(async (_, command: Command) => {
    const { prune } = await import('../commands/prune.ts');
    await withContext(process, command, { access: 'writing', use: prune });
  });
}
