/** A repository whose heads are asked for, from a cursor on. */
export interface HeadsPage {
  readonly owner: string;
  readonly name: string;
  readonly after: string | null;
}

export interface Query {
  readonly text: string;
  readonly variables: Readonly<Record<string, string | null>>;
}

/**
 * The heads of many repositories in one query, the first as `r0`. Asked for by name, which also leads to a renamed
 * repository; names and cursors are variables. It costs one point for a hundred repositories.
 */
export function headsQuery(pages: readonly HeadsPage[]): Query {
  const declared = pages.map((_, i) => `$o${i}:String!,$n${i}:String!,$a${i}:String`).join(',');
  const fields = pages.map(
    (_, i) =>
      `r${i}:repository(owner:$o${i},name:$n${i}){...repo refs(refPrefix:"refs/heads/",first:100,after:$a${i}){...page}}`,
  );
  const text = `query(${declared}){rateLimit{cost} ${fields.join(' ')}}
fragment repo on Repository{databaseId name owner{login}isEmpty isArchived isFork pushedAt defaultBranchRef{name}}
fragment page on RefConnection{totalCount nodes{name target{oid}}pageInfo{hasNextPage endCursor}}`;
  const variables = pages.flatMap(({ owner, name, after }, i) => [
    [`o${i}`, owner] as const,
    [`n${i}`, name] as const,
    [`a${i}`, after] as const,
  ]);
  return { text, variables: Object.fromEntries(variables) };
}
