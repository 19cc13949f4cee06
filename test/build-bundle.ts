import { execFileSync } from 'node:child_process';

/** The tests of the program run the bundles, which therefore have to be of the sources as they are now. */
export default function buildBundle(): void {
  execFileSync('rolldown', ['-c', '--logLevel', 'warn'], { stdio: 'inherit' });
}
