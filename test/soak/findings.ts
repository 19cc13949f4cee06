import type { Site } from '../site/site.ts';
import type { Head, Model } from './model.ts';
import type { Scene } from './scene.ts';

interface Row {
  readonly id: number;
  readonly sha: string;
  readonly bootstrapSha: string;
  readonly state: string;
  readonly attempt: number;
  readonly reason: string;
}

/** The state in which the build of a commit has to end: the script fails for some. */
export function stateOf(sha: string): 'success' | 'failure' {
  return sha.endsWith('f') ? 'failure' : 'success';
}

/**
 * Heads that stay as they are until somebody builds them by hand, as ampci's rules have it: given up after three
 * attempts, the script was killed (which looks like a failure of its own), or somebody cancelled the build.
 */
export function leftToTheOperator({ site, model, shot }: Scene): readonly Head[] {
  return model.heads().filter((head) => {
    const last = lastBuild(site, head);
    if (!last || last.sha !== head.sha) return false;
    const isGivenUp = (last.state === 'error' || last.state === 'interrupted') && last.attempt === 3;
    return isGivenUp || last.state === 'cancelled' || (last.state === 'failure' && shot.has(last.id));
  });
}

function lastBuild(site: Site, { repo, branch }: Head): Row | undefined {
  return buildsOf(site, { repo, branch }).at(-1);
}

const columns = 'b.id, b.sha, b.bootstrap_sha AS bootstrapSha, b.state, b.attempt, b.reason';

function buildsOf(site: Site, { repo, branch }: Pick<Head, 'repo' | 'branch'>): readonly Row[] {
  return site.read<Row>(
    `SELECT ${columns} FROM builds b JOIN repos r ON r.id = b.repo_id
     WHERE r.name = '${repo}' AND b.branch = '${branch}' ORDER BY b.id`,
  );
}

/** What was wrong on the way, as far as the database and the scripts' ledger remember. */
export function findings({ site, model, said }: Scene): readonly string[] {
  return [...doubled(site, model), ...ledgerFindings(site), ...overlaps(site), ...untold(site, said())];
}

/** A commit that was built well is not built again without a reason. */
function doubled(site: Site, model: Model): string[] {
  const rows = site.read<{ repo: string; branch: string; sha: string; count: number }>(
    `SELECT r.name AS repo, b.branch, b.sha, count(*) AS count FROM builds b JOIN repos r ON r.id = b.repo_id
     WHERE b.state = 'success' GROUP BY r.id, b.branch, b.sha, b.bootstrap_sha`,
  );
  return rows
    .filter(({ repo, branch, sha, count }) => count > model.times(repo, branch, sha))
    .map(
      (row) =>
        `built well too often: ${JSON.stringify(row)}, expected ${model.times(row.repo, row.branch, row.sha)}`,
    );
}

/** A build runs once, and with the very commits that it was recorded with. */
function ledgerFindings(site: Site): string[] {
  const rows = new Map(site.read<Row>(`SELECT ${columns} FROM builds b`).map((row) => [row.id, row]));
  const entries = site.ledger();
  const ids = entries.map(({ buildId }) => buildId);
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `build ${id} ran twice`),
    ...entries.flatMap(({ buildId, sha, bootstrapSha }) => {
      const row = rows.get(buildId);
      // Pruned, or not.
      if (!row || (row.sha === sha && row.bootstrapSha === bootstrapSha)) return [];
      return [
        `build ${buildId} ran at ${sha} beside ${bootstrapSha}, but is recorded as ${JSON.stringify(row)}`,
      ];
    }),
  ];
}

function overlaps(site: Site): string[] {
  const entries = [...site.ledger()].sort((a, b) => a.startedAt - b.startedAt);
  return entries.flatMap((entry, index) =>
    entries
      .slice(index + 1)
      .filter(
        ({ repo, branch, startedAt }) =>
          repo === entry.repo && branch === entry.branch && startedAt < entry.endedAt,
      )
      .map(
        (other) =>
          `builds ${entry.buildId} and ${other.buildId} of ${entry.repo} ${entry.branch} ran at once`,
      ),
  );
}

/** Every failure that nobody watched was told by somebody. */
function untold(site: Site, said: string): string[] {
  return site
    .read<Row>(`SELECT ${columns} FROM builds b WHERE state = 'failure' AND reason <> 'manual'`)
    .filter(({ id }) => !said.includes(`(build ${id})`))
    .map(({ id }) => `build ${id} failed, and nobody was told`);
}
