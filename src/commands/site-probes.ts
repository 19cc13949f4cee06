import { openGitCommands } from '../git/command.ts';
import { gitVersion } from '../git/version.ts';
import type { Probes } from './check.ts';
import { type ForgeProbe, probeForge } from './probe-forge.ts';
import { probeDatabase, probeFolder, probeScript } from './probe-machine.ts';

/** The probes that look at this machine and at the configured forge. */
export function siteProbes({ program, ...probe }: ForgeProbe & Pick<Probes, 'program'>): Probes {
  const { environment, config, signal } = probe;
  const run = openGitCommands({ environment, server: config.server, token: null });
  return {
    script: probeScript,
    folder: probeFolder,
    database: probeDatabase,
    gitVersion: () => gitVersion(run, signal),
    forge: () => probeForge(probe),
    program,
  };
}
