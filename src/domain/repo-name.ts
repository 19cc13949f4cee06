/** How people name a repository: bare when it belongs to `baseurl`'s owner, else `owner/name`. */
export function displayName(repo: { readonly owner: string; readonly name: string }, owner: string): string {
  return repo.owner.toLowerCase() === owner.toLowerCase() ? repo.name : `${repo.owner}/${repo.name}`;
}

/** What tells it from all others of its server. */
export function fullName({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `${owner}/${name}`;
}

/** The repository that `name` (of `owner`, baseurl's) or `owner/name` means: the way back. */
export function parseRepoName(text: string, owner: string): { owner: string; name: string } {
  const [first = '', second] = text.split('/', 2);
  return second === undefined ? { owner, name: first } : { owner: first, name: second };
}
