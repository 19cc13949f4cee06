import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './place.ts';

export interface Site {
  /** Of amp.yaml, which is the datadir as well. */
  readonly folder: string;
  readonly temproot: string;
}

/** An amp.yaml in a new folder. `settings`: JSON, which is YAML too, over a quiet default. */
export function makeSite(place: Place, settings: Readonly<Record<string, unknown>>): Site {
  const folder = mkdtempSync(join(place.folder, 'site-'));
  const temproot = join(folder, 'scratch');
  mkdirSync(temproot);
  const config = {
    temproot,
    bootstrap: null,
    first_poll: 'none',
    // What a tick costs that asks for all heads has a row of its own.
    full_poll_every: '30d',
    scripts: { '*': [place.script('nothing', 'exit 0')] },
    ...settings,
  };
  writeFileSync(join(folder, 'amp.yaml'), JSON.stringify(config));
  return { folder, temproot };
}
