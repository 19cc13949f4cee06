import type { Fault } from './fault.ts';
import type { Headers } from './limits.ts';

export type RestAnswer =
  | { readonly kind: 'data'; readonly data: unknown; readonly headers: Headers }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'fault'; readonly fault: Fault };

export type GraphqlAnswer =
  /** `data` may be a part; `errors` then say what is missing. */
  | {
      readonly kind: 'data';
      readonly data: Readonly<Record<string, unknown>>;
      readonly errors: readonly GraphqlError[];
    }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface GraphqlError {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}
