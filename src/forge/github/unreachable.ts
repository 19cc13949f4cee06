import type { Fault } from './fault.ts';

/** Node's and the transport's error codes, as the rest of a sentence with the way out. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address: check the name, the DNS and whether a proxy is needed (HTTPS_PROXY)',
  EAI_AGAIN: 'cannot be looked up now: check the DNS and the network',
  ECONNREFUSED: 'refuses connections: check the address, the firewall and HTTPS_PROXY',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  ETIMEDOUT: 'cannot be reached: check the network, the firewall and HTTPS_PROXY',
  EHOSTUNREACH: 'cannot be reached: check the network',
  ENETUNREACH: 'cannot be reached: check the network',
  EPROTO: 'does not speak TLS there: check the scheme and port of the address',
  TIMEOUT: 'is too slow or hangs',
  PROXY: 'cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY',
};

/** Codes that begin so. */
const families: readonly (readonly [string, string])[] = [
  ['ERR_TLS_CERT_ALTNAME', 'shows the certificate of another host: check the address'],
  ['CERT_HAS_EXPIRED', 'shows a certificate that has expired: renew it, or check the clock of this machine'],
  ['CERT_NOT_YET_VALID', 'shows a certificate that is not valid yet: check the clock of this machine'],
  ['ERR_SSL', 'does not speak TLS there: check the scheme and port of the address'],
  ['HPE_', 'does not answer in HTTP: check the address'],
];

const certificates = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
];

const untrusted =
  "shows a certificate that is not trusted: set NODE_EXTRA_CA_CERTS to the file of your authority's certificate";

/** A failure below HTTP. */
export function unreachable(cause: unknown, apiUrl: string): Fault {
  const error = (typeof cause === 'object' && cause !== null ? cause : {}) as NetworkError;
  const { code = '', message = String(cause) } = innermost(error);
  const { host } = new URL(apiUrl);
  if (code === 'TOO_LARGE' || code === 'TOO_MANY_REDIRECTS') {
    return { kind: 'lie', message: `${host} does not answer as GitHub does (${message}); check api_url` };
  }
  return { kind: 'unreachable', message: `${host} ${reasonFor(code)} (${message})` };
}

interface NetworkError {
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly NetworkError[];
}

/** A host with several addresses fails with one error for each. */
function innermost(error: NetworkError): NetworkError {
  const [first] = error.errors ?? [];
  return first ?? error;
}

function reasonFor(code: string): string {
  if (certificates.includes(code)) return untrusted;
  const family = families.find(([prefix]) => code.startsWith(prefix));
  return reasons[code] ?? family?.[1] ?? 'cannot be asked';
}
