import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import type { TransportFault } from './faults.ts';
import type { LoggedRequest } from './log.ts';

export interface Listening {
  readonly origin: string;
  /** Ends every connection, in use or not. */
  close(): Promise<void>;
}

const pem = (name: string): Buffer => readFileSync(new URL(`./tls/${name}`, import.meta.url));

export async function listen(
  handle: RequestListener,
  { tls, port }: { readonly tls: boolean; readonly port: number },
): Promise<Listening> {
  const server = tls
    ? createTlsServer(
        { key: pem('test-only-localhost.key.pem'), cert: pem('test-only-localhost.pem') },
        handle,
      )
    : createServer(handle);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function reset(request: IncomingMessage): void {
  // Over TLS there is no handle to reset by: the connection ends without a word, which clients tell no less.
  if ('encrypted' in request.socket) request.socket.destroy();
  else request.socket.resetAndDestroy();
}

/** Writes a body as the fault wants it: drop by drop, or its first bytes only. Counts what was sent. */
export function bodyWriter(response: ServerResponse, fault: TransportFault | null, logged: LoggedRequest) {
  let left = fault?.do === 'cut' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  const send = async (bytes: Buffer): Promise<void> => {
    if (bytes.length === 0 || response.destroyed) return;
    logged.bytes += bytes.length;
    if (!response.write(bytes)) await drained(response);
  };
  const drip = async (chunk: Buffer, size: number, everyMs: number): Promise<void> => {
    for (let at = 0; at < chunk.length && !response.destroyed; at += size) {
      await send(chunk.subarray(at, at + size));
      await sleep(everyMs);
    }
  };
  return async (chunk: Buffer): Promise<void> => {
    if (fault?.do === 'slow') return drip(chunk, fault.bytes ?? 16, fault.everyMs ?? 50);
    await send(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) await cutOff(response);
  };
}

/** Lets what was written reach the client first. */
async function cutOff(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    if (response.destroyed) resolve();
    else response.write('', () => setImmediate(resolve));
  });
  response.destroy();
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
export interface Sending {
  readonly response: ServerResponse;
  readonly fault: TransportFault | null;
  readonly logged: LoggedRequest;
}

export async function sendAnswer(answer: Answer, { response, fault, logged }: Sending): Promise<void> {
  const body = Buffer.from(logged.method === 'HEAD' || answer.status === 304 ? '' : answer.body);
  const chunked = fault?.do === 'cut' && fault.chunked === true;
  const length = answer.status === 304 || chunked ? {} : { 'content-length': String(body.length) };
  logged.status = answer.status;
  response.writeHead(answer.status, { ...answer.headers, ...length });
  if (body.length > 0) await bodyWriter(response, fault, logged)(body);
  response.end();
}
