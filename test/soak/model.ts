/** What was pushed, and so what must have been built. */
export interface Model {
  /** The branch points at the commit now. */
  moved(repo: string, branch: string, sha: string): void;
  deleted(repo: string, branch: string): void;
  /** Somebody had it built by hand, as it is now. */
  asked(repo: string, branch: string): void;
  branches(repo: string): readonly string[];
  /** Commits that the branch pointed at before, its present one left out. */
  past(repo: string, branch: string): readonly string[];
  heads(): readonly Head[];
  /** How often the branch came to point at the commit, or was built there by hand: so often may it succeed. */
  times(repo: string, branch: string, sha: string): number;
}

export interface Head {
  readonly repo: string;
  readonly branch: string;
  readonly sha: string;
}

export function createModel(): Model {
  const heads = new Map<string, Head>();
  const seen = new Map<string, Map<string, number>>();
  const keyOf = (repo: string, branch: string) => `${repo} ${branch}`;
  const count = ({ repo, branch, sha }: Head) => {
    const key = keyOf(repo, branch);
    const times = seen.get(key) ?? new Map<string, number>();
    seen.set(key, times.set(sha, (times.get(sha) ?? 0) + 1));
  };
  return {
    moved(repo, branch, sha) {
      const head = { repo, branch, sha };
      heads.set(keyOf(repo, branch), head);
      count(head);
    },
    deleted: (repo, branch) => void heads.delete(keyOf(repo, branch)),
    asked(repo, branch) {
      const head = heads.get(keyOf(repo, branch));
      if (head) count(head);
    },
    branches: (of) => [...heads.values()].flatMap(({ repo, branch }) => (repo === of ? [branch] : [])),
    past(repo, branch) {
      const now = heads.get(keyOf(repo, branch))?.sha;
      return [...(seen.get(keyOf(repo, branch))?.keys() ?? [])].filter((sha) => sha !== now);
    },
    heads: () => [...heads.values()],
    times: (repo, branch, sha) => seen.get(keyOf(repo, branch))?.get(sha) ?? 0,
  };
}
