/** What this transport gives up on by itself; whatever else fails has a `code` of Node's. */
export class TransportError extends Error {
  readonly code: 'TIMEOUT' | 'TOO_LARGE' | 'TOO_MANY_REDIRECTS' | 'PROXY';

  constructor(code: TransportError['code'], message: string) {
    super(message);
    this.name = 'TransportError';
    this.code = code;
  }
}
