import { type CheckItem, ok, problem, skipped, warning } from './check-item.ts';
import type { ForgeFacts, TokenFacts } from './site-facts.ts';

const dayMs = 86_400_000;
const soonDays = 14;

/** Beyond a minute an App's tokens are refused, and the times of limits are misread. */
const tolerableClockMs = 60_000;

const giveToken =
  'export GITHUB_TOKEN in the crontab, or set "token_file" or "app"; without one, every poll asks each repository by git';

/** What the forge's answers mean for ampci; null: it was not asked. `now` is in ms since 1970. */
export function judgeForge(facts: ForgeFacts | null, now: number): readonly CheckItem[] {
  if (facts === null) return [skipped('forge', 'not asked (--offline)')];
  if (facts.unreachable !== null) return [problem('forge', facts.unreachable, null)];
  if (facts.token?.kind === 'refused') return judgeToken(facts.token, now);
  return [
    ok('forge', facts.asked),
    ...judgeToken(facts.token, now),
    ...judgeQuota(facts.quota),
    ...judgeClock(facts.clockAheadMs),
    ...judgeRepos(facts),
  ];
}

function judgeToken(token: TokenFacts | null, now: number): readonly CheckItem[] {
  if (token === null) return [];
  if (token.kind === 'none') return [warning('token', 'none', giveToken)];
  if (token.kind === 'refused') return [problem('token', `${token.source}: ${token.message}`, null)];
  const speaksFor = token.login === null ? '' : `, of ${token.login}`;
  return [judgeRights(`${token.source}${speaksFor}`, token.scopes), ...judgeExpiry(token.expiresAt, now)];
}

function judgeRights(token: string, scopes: readonly string[] | null): CheckItem {
  if (scopes === null || scopes.includes('repo')) return ok('token', token);
  const rights = scopes.length === 0 ? 'no scope' : `only ${scopes.join(', ')}`;
  return warning(
    'token',
    `${token}, has ${rights}: private repositories stay hidden`,
    'give it the scope "repo"',
  );
}

function judgeExpiry(expiresAt: number | null, now: number): readonly CheckItem[] {
  if (expiresAt === null) return [];
  const date = new Date(expiresAt).toISOString().slice(0, 10);
  const days = Math.floor((expiresAt - now) / dayMs);
  if (expiresAt <= now) return [problem('token expiry', `expired on ${date}`, 'make a new token')];
  // An App's tokens live for an hour and are renewed by ampci.
  if (days < 1 || days >= soonDays) return [ok('token expiry', date)];
  return [warning('token expiry', `${date}, in ${days} ${days === 1 ? 'day' : 'days'}`, 'make a new token')];
}

function judgeQuota(quota: ForgeFacts['quota']): readonly CheckItem[] {
  if (quota === null) return [];
  const until = `${new Date(quota.resetAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const found = `${quota.remaining} of ${quota.limit} requests left until ${until}`;
  const isLow = quota.remaining < quota.limit / 10;
  return [isLow ? warning('quota', found, 'find out what else uses this token') : ok('quota', found)];
}

function judgeClock(aheadMs: number | null): readonly CheckItem[] {
  if (aheadMs === null) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= tolerableClockMs) return [ok('clock', seconds < 2 ? 'right' : `${seconds} s off`)];
  const found = `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the forge's`;
  return [warning('clock', found, 'let NTP set it (timedatectl set-ntp true)')];
}

function judgeRepos({ readableRepos, repoTroubles }: ForgeFacts): readonly CheckItem[] {
  const troubles = repoTroubles.map(
    ({ message, isHarmless }): CheckItem => ({
      item: 'repositories',
      state: isHarmless ? 'warning' : 'problem',
      found: message,
      wayOut: null,
    }),
  );
  const found = `${readableRepos} can be read`;
  if (readableRepos > 0) return [ok('repositories', found), ...troubles];
  return troubles.length > 0 ? troubles : [problem('repositories', 'none fits "repos"', 'correct "repos"')];
}
