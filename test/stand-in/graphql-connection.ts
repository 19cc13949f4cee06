export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

const cursorOf = (index: number): string => Buffer.from(String(index + 1)).toString('base64');
const indexOf = (cursor: string | null | undefined): number | null =>
  cursor == null ? null : Number(Buffer.from(cursor, 'base64').toString());

/** A page of items in the form of GitHub's connections; its cursors are positions, as those of refs are. */
export function connection<T, N>(items: readonly T[], page: PageArguments, node: (item: T) => N) {
  const from = indexOf(page.after) ?? 0;
  const to = Math.min(items.length, (indexOf(page.before) ?? items.length + 1) - 1);
  const start = page.last == null ? from : Math.max(from, to - page.last);
  const end = page.first == null ? to : Math.min(to, start + page.first);
  const shown = items.slice(start, end);
  return {
    totalCount: items.length,
    nodes: () => shown.map(node),
    edges: () => shown.map((item, index) => ({ cursor: cursorOf(start + index), node: node(item) })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: shown.length > 0 ? cursorOf(start) : null,
      endCursor: shown.length > 0 ? cursorOf(end - 1) : null,
    },
  };
}
