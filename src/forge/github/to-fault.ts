import type { Clock } from '../../clock.ts';
import type { Fault } from './fault.ts';
import { type Headers, limitMessage, refusingLimit } from './limits.ts';
import type { Meter } from './meter.ts';
import { unreachable } from './unreachable.ts';

export interface Circumstances {
  readonly apiUrl: string;
  readonly meter: Meter;
  readonly clock: Clock;
}

/** What Octokit throws, as a fault. It calls a network failure status 500 without a response. */
export function toFault(error: unknown, circumstances: Circumstances): Fault {
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  const { apiUrl } = circumstances;
  const host = new URL(apiUrl).host;
  if (thrown.name === 'AbortError') return { kind: 'stopped', message: `${host} was not asked to the end` };
  if (thrown.response) return refusal(thrown.response, circumstances);
  if (thrown.cause) return unreachable(thrown.cause, apiUrl);
  return {
    kind: 'lie',
    message: `${apiUrl} does not answer as GitHub does (${thrown.message}); ${lieWayOut}`,
  };
}

export const lieWayOut = 'is a proxy or a login page in between, or api_url wrong?';

interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly response?: ErrorResponse;
}

interface ErrorResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly data: unknown;
}

function refusal(response: ErrorResponse, { apiUrl, meter, clock }: Circumstances): Fault {
  const { status, headers, data } = response;
  const message = messageOf(data);
  const said = `${new URL(response.url || apiUrl).host} answered ${status}${message ? ` (${message})` : ''}`;
  const answered = { status, headers, message, now: clock() };
  const limits = meter.note(answered);
  const limit = refusingLimit(answered, limits);
  if (limit) return { kind: 'limited', message: limitMessage(limit), limit };
  if (status === 401) return { kind: 'unauthorized', message: said };
  if (status === 403) return { kind: 'forbidden', message: `${said}: ${forbiddenWayOut(headers)}` };
  if (status === 404) return { kind: 'missing', message: `${said} for ${pathOf(response)}` };
  if (status >= 500)
    return { kind: 'server', message: `${said} for ${pathOf(response)}; see https://www.githubstatus.com` };
  return { kind: 'refused', message: `${said} for ${pathOf(response)}` };
}

/** https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api: `required; url=…` */
function forbiddenWayOut(headers: Headers): string {
  const sso = String(headers['x-github-sso'] ?? '');
  const [, url] = /url=([^\s;,]+)/.exec(sso) ?? [];
  if (url) return `the token has to be authorised for the organisation's single sign-on at ${url}`;
  if (sso.startsWith('required'))
    return "the token has to be authorised for the organisation's single sign-on";
  return 'the token lacks a right; it needs to read contents and metadata (classic: scope repo), and an organisation may have to approve it';
}

function messageOf(data: unknown): string {
  const isProblem = typeof data === 'object' && data !== null && 'message' in data;
  return isProblem ? printable(String(data.message)) : '';
}

/** What a server says goes into logs and mails. */
export function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);
}

function pathOf({ url }: ErrorResponse): string {
  return URL.canParse(url) ? new URL(url).pathname : url;
}
