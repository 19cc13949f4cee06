import type { Limit } from '../forge.ts';

/** Why a request has no usable answer. `message` is a sentence with the way out. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  /** Of a `limited` fault. */
  readonly limit?: Limit;
}

export type FaultKind =
  /** Stopped from outside, or the whole look took too long. */
  | 'stopped'
  /** No answer: DNS, TLS, refused, reset, time-out, cut. */
  | 'unreachable'
  /** 401: nothing more is asked with this token. The way out is the credential's. */
  | 'unauthorized'
  | 'limited'
  | 'forbidden'
  | 'missing'
  /** Another 4xx. */
  | 'refused'
  /** 5xx, or GraphQL's "Something went wrong". */
  | 'server'
  /** It answers, but not as GitHub does: HTML, cut JSON, another shape. */
  | 'lie';
