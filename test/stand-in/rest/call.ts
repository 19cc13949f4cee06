import type { Answer } from '../answer.ts';
import type { Apps } from '../apps.ts';
import type { Quota, Resource } from '../quota.ts';
import type { Identity } from '../tokens.ts';
import type { Repo, World } from '../world.ts';

/** A request to the REST API, as a handler sees it. */
export interface Call {
  readonly world: World;
  readonly apps: Apps;
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined where there is none. */
  readonly body: unknown;
  readonly accept: string;
  readonly urls: Urls;
  quota(resource: Resource): Quota;
}

export interface Urls {
  /** The REST API's root, without a slash at its end. */
  readonly api: string;
  /** The server's root, as it stands in `baseurl`. */
  readonly html: string;
}

export interface RepoCall extends Call {
  readonly repo: Repo;
}

type Result = Answer | Promise<Answer>;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** The path as GitHub's OpenAPI description writes it: what the answer is validated against. */
  readonly operation: string;
  /** Where it is served; `{ref}`, `{branch}` and `{sha}` take slashes. */
  readonly pattern: RegExp;
  /** False where the answer changes without the world changing. */
  readonly keep: boolean;
  readonly handle: (call: Call) => Result;
}

interface RouteOptions {
  readonly path?: string;
  readonly keep?: boolean;
}

export function route(
  at: `${'GET' | 'POST'} ${string}`,
  handle: (call: Call) => Result,
  { path, keep = true }: RouteOptions = {},
): Route {
  const [method, operation = ''] = at.split(' ') as ['GET' | 'POST', string];
  return { method, operation, pattern: patternOf(path ?? operation), keep, handle };
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.\\]/g, '\\$&');
      return `(?<${name}>${['ref', 'branch', 'sha'].includes(name) ? '.+' : '[^/]+'})`;
    })
    .join('');
  return new RegExp(`^${source}/?$`);
}
