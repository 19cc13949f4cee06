import { type Answer, json } from '../answer.ts';
import type { Call } from './call.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** The page that the query asks for, and its Link header. `path` is where GitHub says that the other pages are. */
function pageOf<T>(call: Call, items: readonly T[], path: string): Page<T> {
  const perPage = Math.min(100, positive(call.query.get('per_page')) ?? 30);
  const page = positive(call.query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const link = (rel: string, to: number) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.urls.api}${path}?${query}>; rel="${rel}"`;
  };
  const links = [
    page > 1 ? link('prev', Math.min(page - 1, last)) : '',
    page < last ? link('next', page + 1) : '',
    page < last ? link('last', last) : '',
    page > 1 ? link('first', 1) : '',
  ].filter((part) => part !== '');
  return {
    items: items.slice((page - 1) * perPage, page * perPage),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}

export function listing<T>(
  call: Call,
  items: readonly T[],
  { path, shape }: { readonly path: string; readonly shape: (item: T) => unknown },
): Answer {
  const page = pageOf(call, items, path);
  return json(page.items.map(shape), 200, page.headers);
}

function positive(text: string | null): number | null {
  const number = Number(text);
  return text !== null && Number.isInteger(number) && number > 0 ? number : null;
}
