import { createHash } from 'node:crypto';

/** Sent with every answer of the API. */
export function serviceHeaders(requestId: number): Record<string, string> {
  const id = createHash('sha1').update(String(requestId)).digest('hex').toUpperCase();
  return {
    'x-github-request-id': [id.slice(0, 4), id.slice(4, 10), id.slice(10, 17)].join(':'),
    'x-github-media-type': 'github.v3; format=json',
    'cache-control': 'private, max-age=60, s-maxage=60',
    vary: 'Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With',
  };
}
