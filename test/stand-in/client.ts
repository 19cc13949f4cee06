import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body. */
  readonly json: unknown;
}

export interface AskOptions {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly ca?: Buffer;
}

/** One request, as plain as can be: neither redirects nor retries, and a cut answer rejects. */
export function ask(url: string, options: AskOptions = {}): Promise<Asked> {
  const { token, method = 'GET', headers = {}, body, ca } = options;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const settings = {
      method,
      headers: { 'user-agent': 'test', ...authorization, ...headers },
      agent: false,
    };
    const request = send(url, { ...settings, ...(ca ? { ca } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0, headers: received } = response;
        resolve({
          status,
          headers: received,
          text,
          get json() {
            return JSON.parse(text) as unknown;
          },
        });
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
