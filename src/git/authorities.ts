import { readdirSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

const systemFolder = '/etc/ssl/certs';

/**
 * Lets git trust the certificates that the API's requests trust: those of SSL_CERT_FILE or NODE_EXTRA_CA_CERTS
 * besides the system's. Git takes one file for all; the system's go on to count as a folder, where it is one that
 * TLS libraries can search (c_rehash). Elsewhere, and where the site tells git itself, nothing is changed.
 */
export function withAuthorities(environment: Environment): Environment {
  const file = environment.SSL_CERT_FILE || environment.NODE_EXTRA_CA_CERTS;
  if (!file || environment.GIT_SSL_CAINFO || environment.GIT_SSL_CAPATH) return environment;
  if (!isSearchable(systemFolder)) return environment;
  return { ...environment, GIT_SSL_CAINFO: file, GIT_SSL_CAPATH: systemFolder };
}

function isSearchable(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^[0-9a-f]{8}\.0$/.test(name));
  } catch {
    return false;
  }
}
