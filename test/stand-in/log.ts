export interface LoggedRequest {
  readonly kind: 'rest' | 'graphql' | 'git';
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The secret that came along, or null. */
  readonly token: string | null;
  readonly userAgent: string;
  /** It had If-None-Match. */
  readonly conditional: boolean;
  /** Null: no answer was sent (a fault, or the client went away). */
  status: number | null;
  /** Quota points. */
  cost: number;
  /** Of the answer's body. */
  bytes: number;
  /** The fault that hit it. */
  fault: string | null;
  /** The request's body: GraphQL and statuses; empty for git. */
  body: string;
}
