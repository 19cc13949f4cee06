import { readFileSync } from 'node:fs';
import { getCACertificates, rootCertificates } from 'node:tls';
import { UserError } from '../user-error.ts';

/** The authorities that Node trusts (those of NODE_EXTRA_CA_CERTS too, where it tells), and a file's besides. */
export function certificatesWith(file: string): string[] {
  const trusted = typeof getCACertificates === 'function' ? getCACertificates('default') : rootCertificates;
  return [...trusted, readCertificates(file)];
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`SSL_CERT_FILE: ${file} cannot be read (${reason}); mend or unset it`);
  }
}
