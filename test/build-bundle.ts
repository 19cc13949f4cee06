import { execFileSync } from 'node:child_process';

/** The tests of the program run the bundles, which therefore have to be of the sources as they are now. */
export default function buildBundle(): void {
  if (process.env.AMPCI_NO_BUILD) return;
  try {
    execFileSync('rolldown', ['-c', '--logLevel', 'silent'], { stdio: 'ignore' });
  } catch {}
}
