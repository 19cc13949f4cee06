import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gitEnvironment } from './git.ts';
import { refreshRefs } from './refs.ts';
import { accessTo, canWrite, type Identity } from './tokens.ts';
import { fullName, type Repo, repoByName, type World } from './world.ts';

export interface GitPath {
  readonly owner: string;
  readonly name: string;
  /** `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  readonly service: string;
}

/** The parts of a smart HTTP address; null for any other path. */
export function gitPath(pathname: string): GitPath | null {
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(
    pathname,
  );
  if (!match) return null;
  const [, owner = '', name = '', service = ''] = match;
  return { owner: decodeURIComponent(owner), name: decodeURIComponent(name), service };
}

/** A refusal before git is asked. */
export interface GitRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const refusal = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): GitRefusal => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  text,
});

const signIn = (): GitRefusal =>
  refusal(401, 'Authentication required.\n', { 'www-authenticate': 'Basic realm="GitHub"' });

export interface GitQuestion {
  readonly world: World;
  /** Null: the token is not valid. */
  readonly identity: Identity | null;
  readonly path: GitPath;
  readonly search: string;
}

/** The repository that the request may use, or GitHub's refusal. Who is not signed in learns nothing of private ones. */
export function authorize({ world, identity, path, search }: GitQuestion): Repo | GitRefusal {
  if (identity === null) return signIn();
  const repo = repoByName(world, `${path.owner}/${path.name}`);
  const access = repo ? accessTo(identity, repo) : 'no';
  if (!repo || access === 'no')
    return identity.kind === 'anonymous' ? signIn() : refusal(404, 'Repository not found.\n');
  if (access === 'sso')
    return refusal(403, 'The organization has enabled SAML SSO; re-authorize the token.\n');
  if (fullName(repo).toLowerCase() !== `${path.owner}/${path.name}`.toLowerCase())
    return refusal(301, '', { location: `/${fullName(repo)}.git${path.service}${search}` });
  const pushes = path.service === '/git-receive-pack' || search.includes('service=git-receive-pack');
  return pushes ? authorizePush(identity, repo) : repo;
}

function authorizePush(identity: Identity, repo: Repo): Repo | GitRefusal {
  if (identity.kind === 'anonymous') return signIn();
  if (!canWrite(identity, repo, 'repo')) return refusal(403, `Permission to ${fullName(repo)} denied.\n`);
  if (repo.archived) return refusal(403, 'This repository was archived so it is read-only.\n');
  return repo;
}

export interface GitExchange {
  readonly world: World;
  readonly repo: Repo;
  readonly path: GitPath;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly search: string;
  /** Takes the body's bytes on their way out; resolves when more may come. */
  readonly write: (chunk: Buffer) => Promise<void>;
}

/** Lets `git http-backend` answer. What was pushed is told by the API before the client's push ends. */
export async function serveGit(exchange: GitExchange): Promise<void> {
  const { world, repo, path, request, response, write } = exchange;
  const child = spawn('git', ['http-backend'], {
    env: cgiEnvironment(exchange),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const stop = () => child.kill('SIGTERM');
  response.once('close', stop);
  child.stdin.on('error', () => {}); // git ends early where it refuses
  child.on('error', (error) => response.destroy(error));
  request.pipe(child.stdin);
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (response.destroyed) break;
    if (head === null) {
      await write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    response.writeHead(...cgiHead(head.subarray(0, end).toString()));
    const rest = head.subarray(end + 4);
    head = null;
    if (rest.length > 0) await write(rest);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (path.service === '/git-receive-pack') await refreshRefs(world, repo);
}

function cgiEnvironment({ world, repo, path, request, search }: GitExchange): NodeJS.ProcessEnv {
  const { headers } = request;
  const given = {
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: headers['git-protocol'],
  };
  return {
    ...gitEnvironment(),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    GIT_PROJECT_ROOT: `${world.root}/repositories`,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${repo.id}.git${path.service}`,
    QUERY_STRING: search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    REMOTE_USER: 'stand-in',
  };
}

function cgiHead(text: string): [number, Record<string, string>] {
  const headers = Object.fromEntries(
    text.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const { status = '200', ...others } = headers;
  return [Number.parseInt(status, 10), others];
}
