import type { Verdict } from '../domain/check.ts';
import type { Facts } from '../domain/facts.ts';
import type { Finding } from './findings.ts';
import { harmlessLine } from './harmless.ts';
import { perfdata } from './perfdata.ts';
import { rough } from './time.ts';

/** What the guidelines promise a reader; older Nagios cuts there. */
const maxBytes = 4096;
const maxSummaryBytes = 500;
const maxLineBytes = 600;

/** Plugin output: the verdict with all perfdata on line 1, a line for each finding below. At most 4 KB. */
export function nagios(verdict: Verdict, found: readonly Finding[], facts: Facts): string {
  const first = `AMPCI ${verdict.severity.toUpperCase()} - ${summary(found, facts)} | ${perfdata(verdict.metrics)}\n`;
  const lines = found.map(
    ({ severity, text, command }) =>
      `${plain(`${severity.toUpperCase()}: ${text}`)} - see: ${plain(command)}\n`,
  );
  return first + asManyAsFit(lines, maxBytes - bytes(first));
}

/** For whatever keeps `status` from a verdict; exit code 3. */
export function nagiosUnknown(message: string): string {
  return `AMPCI UNKNOWN - ${plain(message, maxLineBytes * 2)}\n`;
}

/** In one sentence, for line 1: the worst findings, else that all is well. */
export function summary(found: readonly Finding[], { now, polls, queue, running }: Facts): string {
  const first = found[0];
  if (!first) {
    const polled =
      polls.lastGoodAt === null ? 'nothing polled' : `polled ${rough(now - polls.lastGoodAt)} ago`;
    return `${polled}, nothing fails, ${running.count} running, ${queue.count} queued`;
  }
  const others = found.length === 1 ? '' : ` and ${found.length - 1} more`;
  return plain(first.brief, maxSummaryBytes) + others;
}

/** `|` starts perfdata, wherever it stands. */
function plain(text: string, limit = maxLineBytes): string {
  const safe = harmlessLine(text).replaceAll('|', '¦');
  if (bytes(safe) <= limit) return safe;
  const kept = Array.from(safe);
  while (bytes(kept.join('')) > limit - 3) kept.length = Math.floor(kept.length * 0.9);
  return `${kept.join('')}…`;
}

function asManyAsFit(lines: readonly string[], limit: number): string {
  const rest = (count: number) => (count === 0 ? '' : `and ${count} more - see: ampci history --failed\n`);
  let kept = '';
  for (const [index, line] of lines.entries()) {
    if (bytes(kept + line + rest(lines.length - index - 1)) > limit) return kept + rest(lines.length - index);
    kept += line;
  }
  return kept;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
