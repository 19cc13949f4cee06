import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/forge/proxy.ts';
import { createTransport, type TransportInit } from '../../src/forge/transport.ts';
import { startStandIn } from '../stand-in/stand-in.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(
  listener: RequestListener,
): Promise<{ url: string; server: Server; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests };
}

function get(url: string, init: TransportInit = {}, environment: Record<string, string> = {}) {
  return createTransport({ environment })(url, init);
}

describe('redirects', () => {
  test('are followed on the same host, the token goes along', async () => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/old') response.writeHead(301, { location: '/new?x=1' }).end();
      else response.end('there');
    });

    const response = await get(`${url}/old`, { headers: { authorization: 'token secret' } });

    expect(await response.text()).toBe('there');
    expect(response.url).toBe(`${url}/new?x=1`);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['token secret', 'token secret']);
  });

  test('to another host go without the token', async () => {
    const elsewhere = await serve((_, response) => void response.end('elsewhere'));
    const here = await serve(
      (_, response) => void response.writeHead(302, { location: `${elsewhere.url}/` }).end(),
    );

    const response = await get(here.url, { headers: { authorization: 'token secret', accept: 'x' } });

    expect(await response.text()).toBe('elsewhere');
    expect(elsewhere.requests[0]?.headers).toMatchObject({ accept: 'x' });
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('back to the first host stay without the token', async () => {
    const here = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: `${elsewhere.url}/` }).end();
      else response.end('back');
    });
    const elsewhere = await serve(
      (_, response) => void response.writeHead(302, { location: `${here.url}/back` }).end(),
    );

    await get(here.url, { headers: { authorization: 'token secret' } });

    expect(here.requests.map(({ headers }) => headers.authorization)).toEqual(['token secret', undefined]);
  });

  test('that never end are given up', async () => {
    const { url, requests } = await serve(
      (_, response) => void response.writeHead(302, { location: '/again' }).end(),
    );

    await expect(get(url)).rejects.toMatchObject({ code: 'TOO_MANY_REDIRECTS' });
    expect(requests).toHaveLength(4);
  });

  test('of a query are followed only where the method stays', async () => {
    const { url, requests } = await serve((request, response) => {
      if (request.url === '/307') response.writeHead(307, { location: '/new' }).end();
      else if (request.url === '/302') response.writeHead(302, { location: '/new' }).end();
      else request.pipe(response);
    });

    expect(await (await get(`${url}/307`, { method: 'POST', body: 'question' })).text()).toBe('question');
    expect((await get(`${url}/302`, { method: 'POST', body: 'question' })).status).toBe(302);
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /307',
      'POST /new',
      'POST /302',
    ]);
  });
});

describe('limits', () => {
  test('an answer that is too large is given up', async () => {
    const { url } = await serve((_, response) => void response.end('x'.repeat(5000)));

    await expect(createTransport({ environment: {}, maxBodyBytes: 4000 })(url)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  test.each([
    ['never comes', () => {}],
    ['never ends', (_: IncomingMessage, response: { write(text: string): void }) => response.write('{')],
  ] as const)('an answer that %s is given up', async (_, listener) => {
    const { url } = await serve(listener as RequestListener);

    await expect(createTransport({ environment: {}, timeoutMs: 50 })(url)).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });

  test('an aborted signal ends the request as Octokit expects it', async () => {
    const { url } = await serve(() => {});
    const controller = new AbortController();
    const answer = get(url, { signal: controller.signal });
    controller.abort();

    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await expect(get(url, { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

/** What a process of its own writes that asks for a URL. */
async function childThatAsks(
  url: string,
  environment: Record<string, string>,
  last: string,
): Promise<string> {
  const module = new URL('../../src/forge/transport.ts', import.meta.url).href;
  const script = `
    const { createTransport } = await import(${JSON.stringify(module)});
    const init = { headers: { authorization: 'token secret', 'user-agent': 'test' } };
    const response = await createTransport({ environment: {} })(${JSON.stringify(url)}, init);
    ${last}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  return chunks.join('');
}

test('nothing keeps the process from ending after an answer', async () => {
  const { url } = await serve((_, response) => void response.end('done'));

  const left = await childThatAsks(
    url,
    {},
    `for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
     process.stdout.write(process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name)).join() || 'nothing');`,
  );

  expect(left).toBe('nothing');
});

describe('certificates of an own authority', () => {
  test('are trusted through NODE_EXTRA_CA_CERTS', async () => {
    await using hub = await startStandIn({ token: 'secret', tls: true });
    const environment = { NODE_EXTRA_CA_CERTS: hub.caFile };

    expect(
      await childThatAsks(
        `${hub.apiUrl}/user`,
        environment,
        'process.stdout.write(String(response.status));',
      ),
    ).toBe('200');
  });

  test('are trusted through SSL_CERT_FILE', async () => {
    await using hub = await startStandIn({ token: 'secret', tls: true });
    const headers = { authorization: 'token secret', 'user-agent': 'test' };

    expect((await get(`${hub.apiUrl}/user`, { headers }, { SSL_CERT_FILE: hub.caFile })).status).toBe(200);
    await expect(get(`${hub.apiUrl}/user`, { headers })).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/),
    });
  });
});

describe('a proxy', () => {
  async function serveProxy(status = 200) {
    const seen: string[] = [];
    const proxy = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      response.end('{"from":"proxy"}');
    });
    proxy.server.on('connect', (request: IncomingMessage, socket) => {
      seen.push(`CONNECT ${request.headers['proxy-authorization'] ?? ''}`.trim());
      if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const [host = '', port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    return { ...proxy, seen };
  }

  test('gets the whole URL for http', async () => {
    const proxy = await serveProxy();
    const environment = { http_proxy: proxy.url.replace('//', '//ada:pass%20word@') };

    const response = await get('http://api.example/user?x=1', {}, environment);

    expect(await response.text()).toBe('{"from":"proxy"}');
    expect(proxy.seen).toEqual([
      `GET http://api.example/user?x=1 Basic ${Buffer.from('ada:pass word').toString('base64')}`,
    ]);
  });

  test('tunnels https, whose certificate is checked all the same', async () => {
    await using hub = await startStandIn({ token: 'secret', tls: true });
    const proxy = await serveProxy();
    const init = { headers: { authorization: 'token secret', 'user-agent': 'test' } };
    const environment = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: hub.caFile };

    const response = await get(`${hub.apiUrl}/user`, init, environment);

    expect(response.status).toBe(200);
    expect(proxy.seen).toEqual(['CONNECT']);
    await expect(get(`${hub.apiUrl}/user`, init, { HTTPS_PROXY: proxy.url })).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/),
    });
  });

  test('that refuses is named', async () => {
    const proxy = await serveProxy(407);

    await expect(get('https://api.example/', {}, { https_proxy: proxy.url })).rejects.toMatchObject({
      code: 'PROXY',
      message: expect.stringContaining('answered 407 for api.example:443'),
    });
  });

  test.each([
    ['https://api.github.com/', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128/'],
    ['https://api.github.com/', { https_proxy: 'p:3128', HTTPS_PROXY: 'http://q:1' }, 'http://p:3128/'],
    ['https://api.github.com/', { HTTP_PROXY: 'http://p:3128' }, null],
    ['http://ghes.local/', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128/'],
    ['https://ghes.local/', { HTTPS_PROXY: 'http://p', NO_PROXY: 'localhost, .local' }, null],
    ['https://a.ghes.local/', { HTTPS_PROXY: 'http://p', no_proxy: 'ghes.local' }, null],
    ['https://a.ghes.local/', { HTTPS_PROXY: 'http://p', no_proxy: '*.ghes.local' }, null],
    ['https://notghes.local/', { HTTPS_PROXY: 'http://p/', no_proxy: 'ghes.local' }, 'http://p/'],
    ['https://ghes.local/', { HTTPS_PROXY: 'http://p/', no_proxy: 'ghes.local:8443' }, 'http://p/'],
    ['https://ghes.local:8443/', { HTTPS_PROXY: 'http://p/', no_proxy: 'ghes.local:8443' }, null],
    ['https://ghes.local/', { HTTPS_PROXY: 'http://p/', no_proxy: '*' }, null],
    ['http://[::1]/', { HTTP_PROXY: 'http://p/', no_proxy: '::1' }, null],
    ['http://127.0.0.1/', { HTTP_PROXY: 'http://p/', no_proxy: '127.0.0.1' }, null],
    ['https://api.github.com/', { HTTPS_PROXY: '' }, null],
  ] as const)('%s with %j goes to %s', (url, environment, proxy) => {
    expect(proxyFor(new URL(url), environment)?.href ?? null).toBe(proxy);
  });

  test('with a senseless address is refused', () => {
    expect(() => proxyFor(new URL('https://x/'), { HTTPS_PROXY: 'socks5://p' })).toThrow(
      /HTTPS_PROXY is no proxy's address/,
    );
  });
});

test('a certificate file that is not there is named', async () => {
  await expect(get('https://127.0.0.1:1/', {}, { SSL_CERT_FILE: '/nowhere/ca.pem' })).rejects.toThrow(
    /SSL_CERT_FILE: \/nowhere\/ca.pem cannot be read/,
  );
});
