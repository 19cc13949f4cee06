/** How people name a repository: bare when it belongs to `baseurl`'s owner, else `owner/name`. */
export function displayName(repo: { readonly owner: string; readonly name: string }, owner: string): string {
  return repo.owner.toLowerCase() === owner.toLowerCase() ? repo.name : `${repo.owner}/${repo.name}`;
}
