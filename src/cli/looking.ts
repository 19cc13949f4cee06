import { type Command, Option } from 'commander';
import { systemClock as clock } from '../clock.ts';
import { reasons } from '../domain/build.ts';
import { metricNames } from '../domain/metric.ts';
import type { Process } from './process.ts';
import { withConfig } from './run.ts';
import { collect, describe, wholeNumber } from './usage.ts';

/** The commands that look: they read the database, and nothing else. */
export function status(process: Process): Command {
  return describe('status', {
    summary: 'say how things are, as a monitoring plugin: exit 0 ok, 1 warning, 2 critical, 3 unknown',
    examples: [
      'ampci status --config /srv/amp/amp.yaml',
      'ampci status -w poll_age=300 -c poll_age=900 -w failing_other=3',
      'ampci status --prometheus --output /var/lib/prometheus/node-exporter/ampci.prom',
    ],
    shortConfig: false,
  })
    .addOption(
      new Option('-w, --warning <[metric=]range>', 'warn outside of this range')
        .argParser(collect)
        .default([], 'sensible ones'),
    )
    .addOption(
      new Option('-c, --critical <[metric=]range>', 'critical outside of this range')
        .argParser(collect)
        .default([], 'sensible ones'),
    )
    .addOption(
      new Option('--prometheus', 'print the text exposition format').default(false).conflicts('json'),
    )
    .option('--output <file>', 'with --prometheus: write to this file, atomically')
    .option('--json', 'print JSON', false)
    .addHelpText('after', metricsHelp)
    .action(async (options, command: Command) => {
      const { status } = await import('../commands/status.ts');
      const { freeBytesIfKnown: freeBytes } = await import('../disk.ts');
      await withConfig(process, command, (config) =>
        status({ options: { ...options, output: options.output ?? null }, config, clock, freeBytes }),
      );
    });
}

/** Short enough for any terminal. */
const metricsHelp = `A range without a metric is about ${metricNames[0]}. Metrics:\n${metricNames
  .map((name, index) => (index % 5 === 0 ? `  ${name}` : ` ${name}`) + (index % 5 === 4 ? '\n' : ''))
  .join('')}`;

export function history(process: Process): Command {
  return describe('history', {
    summary: 'list builds, newest first',
    examples: [
      'ampci history',
      'ampci history amppd main -n 5',
      'ampci history --failed --since 7d',
      'ampci history --json',
    ],
  })
    .argument('[repo]', 'of this repository')
    .argument('[branch]', 'of this branch')
    .addOption(new Option('-n, --number <count>', 'how many at most').argParser(wholeNumber).default(20))
    .option('--failed', 'only those that failed', false)
    .option('--since <when>', 'from then on: so long ago (7d), a date or a time')
    .option('--until <when>', 'up to then')
    .addOption(new Option('--reason <reason>', 'built for this reason').choices(reasons))
    .option('--sha <sha>', 'of this commit, or one that starts so')
    .option('--watch', 'stay and show what changes', false)
    .option('--json', 'print JSON', false)
    .action(async (repo: string | undefined, branch: string | undefined, options, command: Command) => {
      const { history } = await import('../commands/history.ts');
      const { terminal, signal } = process;
      const {
        failed,
        since = null,
        until = null,
        reason = null,
        sha = null,
        watch,
        json,
        number: count,
      } = options;
      const filter = { repo: repo ?? null, branch: branch ?? null, failed, since, until, reason, sha };
      await withConfig(process, command, (config) =>
        history({ options: { ...filter, count, watch, json }, config, clock, terminal, signal }),
      );
    });
}

export function log(process: Process): Command {
  return describe('log', {
    summary: "print a build's whole output",
    examples: ['ampci log', 'ampci log 42', 'ampci log amppd main -f'],
  })
    .argument('[build]', 'number of a build, or a repository (default: the latest build)')
    .argument('[branch]', 'of the repository')
    .option('-f, --follow', 'go on while the build runs', false)
    .action(async (target: string | undefined, branch: string | undefined, options, command: Command) => {
      const { log } = await import('../commands/log.ts');
      const { terminal, signal } = process;
      const wanted = { target: target ?? null, branch: branch ?? null, follow: options.follow };
      await withConfig(process, command, (config) => log({ options: wanted, config, terminal, signal }));
    });
}

export function why(process: Process): Command {
  return describe('why', {
    summary: 'tell what was decided about a branch, and why',
    examples: ['ampci why amppd', 'ampci why amppd topic/x'],
  })
    .argument('<repo>', 'the repository')
    .argument('[branch]', 'the branch (default: its default branch)')
    .addOption(
      new Option('-n, --number <count>', 'how many events at most').argParser(wholeNumber).default(20),
    )
    .option('--json', 'print JSON', false)
    .action(async (repo: string, branch: string | undefined, options, command: Command) => {
      const { why } = await import('../commands/why.ts');
      const { number: count, json } = options;
      await withConfig(process, command, (config) =>
        why({ options: { repo, branch: branch ?? null, count, json }, config, clock }),
      );
    });
}
