import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Proxy {
  /** What stands in HTTP_PROXY or HTTPS_PROXY. */
  readonly url: string;
  /** `CONNECT 127.0.0.1:443` or `GET http://127.0.0.1/…`, oldest first. */
  readonly requests: readonly string[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An HTTP proxy as companies have them: CONNECT for TLS, whole addresses for plain HTTP. */
export async function startProxy(): Promise<Proxy> {
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const keep = <T extends Duplex>(socket: T): T => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
  };
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    forward(request, response);
  });
  server.on('connection', (socket: Socket) => keep(socket));
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    requests.push(`CONNECT ${request.url}`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const server = keep(
      connect(Number(port), hostname, () => client.write('HTTP/1.1 200 Connected\r\n\r\n')),
    );
    server.write(head);
    server.pipe(client).pipe(server);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

function forward(request: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = request;
  const onward = httpRequest(request.url ?? '', { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
