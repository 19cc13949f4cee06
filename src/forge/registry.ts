import type { ForgeKind } from '../domain/config.ts';
import type { ForgeFactory, ForgeSettings } from './factory.ts';
import type { Forge } from './forge.ts';
import { git } from './git/git.ts';
import { github } from './github/github.ts';

const forges = { github, git } satisfies Record<ForgeKind, ForgeFactory>;

/** The configured forge. Without a token GitHub's heads come from git, too: its API allows strangers 60 requests an hour. */
export function openForge(settings: ForgeSettings): Forge {
  const kind =
    settings.config.forge === 'github' && settings.credential === null ? 'git' : settings.config.forge;
  return forges[kind](settings);
}
