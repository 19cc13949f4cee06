import { nearest } from '../domain/nearest.ts';
import { displayName, fullName } from '../domain/repo-name.ts';
import { UserError } from '../user-error.ts';
import type { Db } from './database.ts';

export interface NamedRepo {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  /** null: it can be read. */
  readonly trouble: string | null;
  readonly brokenSince: number | null;
}

const columns = `id, owner, name, default_branch AS defaultBranch, trouble, broken_since AS brokenSince`;

/**
 * What the user means by `name` or `owner/name`, in whatever case, also by the name it had before. Throws a UserError
 * with the nearest.
 */
export function namedRepo(db: Db, text: string, owner: string): NamedRepo {
  const [name = '', of] = text.split('/').toReversed();
  const found = db
    .prepare(
      `SELECT ${columns} FROM repos WHERE (lower(name) = lower(@name) AND (@of IS NULL OR lower(owner) = lower(@of)))
         OR lower(watched_as) = lower(coalesce(@of, @owner) || '/' || @name)
       ORDER BY watched DESC, name = @name DESC, lower(name) = lower(@name) DESC, id DESC`,
    )
    .all({ name, of: of ?? null, owner }) as NamedRepo[];
  const [only = missing(db, text, owner), ...others] = found;
  // With its owner named it is the one that has the name now, of several that had it one after the other.
  if (others.length === 0 || of !== undefined) return only;
  const ours = found.find((repo) => repo.owner.toLowerCase() === owner.toLowerCase());
  if (ours) return ours;
  const names = [...new Set(found.map(fullName))].sort();
  throw new UserError(`${text} may be ${names.join(' or ')}: name its owner too`);
}

function missing(db: Db, text: string, owner: string): never {
  const all = db.prepare('SELECT owner, name FROM repos').all() as { owner: string; name: string }[];
  throw unknown(
    `no repository "${text}" has been polled`,
    text,
    all.map((repo) => displayName(repo, owner)),
  );
}

/** Throws a UserError with the nearest name when the repository never had such a branch. */
export function requireBranch(db: Db, repo: NamedRepo, branch: string): void {
  const known = db
    .prepare(
      `SELECT 1 FROM heads WHERE repo_id = @id AND branch = @branch UNION ALL
       SELECT 1 FROM decisions WHERE repo_id = @id AND branch = @branch UNION ALL
       SELECT 1 FROM builds INDEXED BY builds_branch WHERE repo_id = @id AND branch = @branch LIMIT 1`,
    )
    .get({ id: repo.id, branch });
  if (known) return;
  const heads = db.prepare('SELECT branch FROM heads WHERE repo_id = ?').all(repo.id) as { branch: string }[];
  throw unknown(
    `${repo.owner}/${repo.name} has no branch "${branch}"`,
    branch,
    heads.map((head) => head.branch),
  );
}

/** A part of a name is nearer than any spelling: `AMP-2926` means `AMP-2926_acJob`. */
function unknown(problem: string, text: string, names: readonly string[]): UserError {
  const meant = names.find((name) => name.toLowerCase().includes(text.toLowerCase())) ?? nearest(text, names);
  if (meant) return new UserError(`${problem}: did you mean ${meant}?`);
  return new UserError(
    names.length === 0
      ? problem
      : `${problem}: there are ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`,
  );
}
