import { dirname, resolve } from 'node:path';
import type { Config } from '../domain/config.ts';

export interface ConfiguredScript {
  /** As configured. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The key of `scripts` that names it first, and its line. */
  readonly key: string;
  readonly line: number;
}

/** Every script that amp.yaml names, once each. */
export function configuredScripts(config: Config): readonly ConfiguredScript[] {
  const entries = [config.scripts, ...config.repos.map(({ scripts }) => scripts ?? [])].flat();
  const byPath = new Map<string, ConfiguredScript>();
  for (const { key, scripts, line } of entries) {
    for (const name of scripts) {
      const path = resolve(dirname(config.file), name);
      if (!byPath.has(path)) byPath.set(path, { name, path, key, line });
    }
  }
  return [...byPath.values()];
}
