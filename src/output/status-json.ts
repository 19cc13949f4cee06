import { severities, type Verdict } from '../domain/check.ts';
import type { ActiveBuild, Facts } from '../domain/facts.ts';
import type { Finding } from './findings.ts';
import { jsonText } from './json.ts';
import { summary } from './nagios.ts';
import { iso } from './time.ts';

/**
 * `status --json`: `{state, exit_code, summary, findings, metrics, last_good_poll, failing, oldest_queued,
 * longest_running, broken_repos}`; thresholds in the guidelines' form, sizes in bytes, ages in the metric's unit.
 */
export function statusJson(verdict: Verdict, found: readonly Finding[], facts: Facts): string {
  return jsonText({
    state: verdict.severity,
    exit_code: severities.indexOf(verdict.severity),
    summary: summary(found, facts),
    findings: found.map(({ severity, metric, text, command }) => ({
      state: severity,
      metric,
      text,
      command,
    })),
    metrics: verdict.metrics.map(({ name, value, unit, warning, critical, severity }) => ({
      name,
      value,
      unit,
      warning: warning?.text ?? null,
      critical: critical?.text ?? null,
      state: severity,
    })),
    last_good_poll: iso(facts.polls.lastGoodAt),
    failing: facts.failing.map(({ repo, branch, isDefault, since, build }) => ({
      repo,
      branch,
      default_branch: isDefault,
      since: iso(since),
      build: build.id,
      state: build.state,
    })),
    oldest_queued: activeJson(facts.queue.oldest),
    longest_running: activeJson(facts.running.longest),
    broken_repos: facts.broken.map(({ repo, since, message }) => ({ repo, since: iso(since), message })),
  });
}

/** The shape of `status --json` where there is no verdict: state `unknown`, exit code 3. */
export function statusJsonUnknown(message: string): string {
  return jsonText({ state: 'unknown', exit_code: 3, summary: message, findings: [], metrics: [] });
}

function activeJson(build: ActiveBuild | null) {
  return build && { build: build.id, repo: build.repo, branch: build.branch, since: iso(build.since) };
}
