import { shown } from './mistake.ts';

/** What `baseurl` says. `git`: only git can be asked there; `web`: an API may be there, too. */
export interface BaseUrl {
  readonly kind: 'git' | 'web';
  /** Without the owner and the slash before it; `git@host:` keeps its colon. */
  readonly server: string;
  readonly owner: string;
}

const form = 'the address of an owner, such as https://github.com/OWNER';

/** The parts of `baseurl`, or the mistake in it. */
export function parseBaseUrl(text: string): BaseUrl | string {
  if (/^file:/i.test(text)) return parseFileUrl(text);
  if (/^(ssh|git\+ssh|git):\/\//i.test(text)) return parseUrl(text, 'git');
  if (/^https?:\/\//i.test(text)) return parseUrl(text, 'web');
  const [, host, path] = /^([\w.-]+@[\w.-]+|[\w-]+(?:\.[\w-]+)+):(?!\/\/)(.+)$/.exec(text) ?? [];
  if (host && path) return splitOwner(`${host}:`, path, 'git');
  if (text.startsWith('/')) return `expected a URL, got ${shown(text)}; write ${shown(`file://${text}`)}`;
  return `expected ${form}, got ${shown(text)}`;
}

/** `file:/srv/git` and `file:///srv/git`. Kept as written: git takes the path as it is. */
function parseFileUrl(text: string): BaseUrl | string {
  const path = text.replace(/^file:(\/\/(localhost)?(?=\/))?/i, '');
  if (!/^\/(?!\/)/.test(path)) return `expected an absolute folder as in file:///srv/git, got ${shown(text)}`;
  return splitOwner('file://', path, 'git');
}

function parseUrl(text: string, kind: BaseUrl['kind']): BaseUrl | string {
  if (!URL.canParse(text)) return `expected ${form}, got ${shown(text)}`;
  const url = new URL(text);
  const isSecret = url.password !== '' || (kind === 'web' && url.username !== '');
  if (isSecret)
    return 'holds credentials, which do not belong into this file; use token_file or GITHUB_TOKEN';
  if (url.search || url.hash) return `expected ${form}, without "?" and "#", got ${shown(text)}`;
  const user = url.username === '' ? '' : `${url.username}@`;
  return splitOwner(`${url.protocol}//${user}${url.host}`, url.pathname, kind);
}

function splitOwner(root: string, path: string, kind: BaseUrl['kind']): BaseUrl | string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const owner = segments.pop();
  if (owner === undefined) return `names no owner; expected ${form}`;
  const isDotted = [...segments, owner].some((segment) => segment === '.' || segment === '..');
  if (isDotted) return `expected a path without "." and "..", got ${shown(path)}`;
  const isAbsolute = !root.endsWith(':') || path.startsWith('/');
  const folder = segments.length === 0 ? '' : `${isAbsolute ? '/' : ''}${segments.join('/')}`;
  if (root.endsWith(':') && isAbsolute && folder === '') return { kind, server: `${root}/`, owner };
  return { kind, server: `${root}${folder}`, owner };
}

/** GitHub Enterprise's rule for any host but github.com. `server` is that of a `web` address. */
export function apiUrlOf(server: string): string {
  const url = new URL(server);
  const isPublic = url.hostname === 'github.com' || url.hostname === 'www.github.com';
  return isPublic ? 'https://api.github.com' : `${url.origin}/api/v3`;
}

/** A REST root without its trailing slash, or the mistake in it. */
export function parseApiUrl(text: string): { readonly apiUrl: string } | string {
  const isWeb = /^https?:\/\//i.test(text) && URL.canParse(text);
  if (!isWeb) return `expected the address of an API, such as https://HOST/api/v3, got ${shown(text)}`;
  const url = new URL(text);
  if (url.username || url.password) return 'holds credentials; use token_file or GITHUB_TOKEN';
  if (url.search || url.hash) return `expected an address without "?" and "#", got ${shown(text)}`;
  return { apiUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}` };
}
