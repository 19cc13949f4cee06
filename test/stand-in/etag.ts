import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.ts';

/**
 * Weak, and different for each Authorization and Accept header, as GitHub's are (found by others:
 * https://github.com/bored-engineer/github-conditional-http-transport).
 */
export function etagOf(request: IncomingMessage, body: string): string {
  const { authorization = '', accept = '' } = request.headers;
  const hash = createHash('sha256').update(`${authorization}\n${accept}\n`).update(body);
  return `W/"${hash.digest('hex')}"`;
}

/** Whether If-None-Match names the tag; weak comparison (RFC 9110, section 13.1.2). */
export function matches(request: IncomingMessage, etag: string): boolean {
  const wanted = request.headers['if-none-match'];
  if (wanted === undefined) return false;
  if (wanted.trim() === '*') return true;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return wanted.split(',').some((tag) => bare(tag) === bare(etag));
}

export function notModified(answer: Answer): Answer {
  const { 'content-type': _, ...headers } = answer.headers;
  return { status: 304, headers, body: '' };
}
