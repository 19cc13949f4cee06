import { type CheckItem, ok, problem } from './check-item.ts';
import type { Config } from './config.ts';
import { judgeForge } from './judge-forge.ts';
import type { DatabaseFacts, FolderFacts, ScriptFacts, SiteFacts } from './site-facts.ts';
import { formatSize } from './size.ts';

/** git learned to take configuration from its environment (GIT_CONFIG_COUNT), and so a token, in 2.31. */
export const oldestGit = [2, 31] as const;

/** Everything that `check` has to say, in its order. `now` is in ms since 1970. */
export function judgeSite(config: Config, facts: SiteFacts, now: number): readonly CheckItem[] {
  return [
    judgeConfig(config),
    ...judgeScripts(facts.scripts),
    judgeGit(facts.gitVersion),
    ...judgeTemproot(config, facts.temproot),
    ...judgeDatadir(config, facts.datadir, facts.database),
    ...judgeForge(facts.forge, now),
  ];
}

function judgeConfig({ file, ignoredKeys }: Config): CheckItem {
  const ignored = ignoredKeys.join(' and ');
  const verb = ignoredKeys.length === 1 ? 'is a setting' : 'are settings';
  return ok('configuration', ignored ? `${file} (${ignored} ${verb} of a listener, and ignored)` : file);
}

function judgeScripts(scripts: readonly ScriptFacts[]): readonly CheckItem[] {
  const troubles = scripts.flatMap((script) => {
    const trouble = scriptTrouble(script);
    return trouble ? [problem('scripts', `${script.path} ${trouble.found}`, trouble.wayOut)] : [];
  });
  const names = [...new Set(scripts.map(({ name }) => name))];
  return troubles.length > 0 ? troubles : [ok('scripts', names.join(', '))];
}

function scriptTrouble(script: ScriptFacts): { readonly found: string; readonly wayOut: string } | null {
  const { path, interpreter, key, line } = script;
  const place = `scripts["${key}"], line ${line}`;
  if (script.found === 'missing')
    return { found: 'does not exist', wayOut: `create it, or correct ${place}` };
  if (script.found === 'no_file') return { found: 'is no file', wayOut: `correct ${place}` };
  if (script.found === 'unreadable') return { found: 'may not be read', wayOut: 'change its owner or mode' };
  if (script.found === 'not_executable') return { found: 'is not executable', wayOut: `chmod +x ${path}` };
  if (script.found === 'text')
    return { found: 'has no "#!" line', wayOut: 'start it with #!/bin/sh, or what it is for' };
  if (interpreter?.endsWith('\r'))
    return {
      found: 'has Windows line ends, and its "#!" line fails with them',
      wayOut: `sed -i 's/\\r$//' ${path}`,
    };
  if (interpreter !== null && !script.interpreterFound)
    return {
      found: `wants ${interpreter}, which is not there`,
      wayOut: 'install it, or correct the "#!" line',
    };
  return null;
}

function judgeGit(version: string | null): CheckItem {
  const needed = oldestGit.join('.');
  if (version === null) return problem('git', 'not found on the PATH', `install git ${needed} or newer`);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldestGit[0] || (major === oldestGit[0] && minor < oldestGit[1]);
  return isOld ? problem('git', `is ${version}`, `install git ${needed} or newer`) : ok('git', version);
}

function judgeTemproot(config: Config, folder: FolderFacts): readonly CheckItem[] {
  const options = folder.mount?.options ?? [];
  if (folder.found === 'no_folder')
    return [problem('temproot', `${folder.path} is no folder`, 'correct "temproot"')];
  if (folder.found === 'missing') {
    const wayOut = `mkdir -p ${folder.path}, or correct "temproot"`;
    return [problem('temproot', `${folder.path} does not exist`, wayOut)];
  }
  if (!folder.writable)
    return [
      problem('temproot', `${folder.path} may not be written by this user`, 'change its owner or mode'),
    ];
  if (options.includes('noexec')) {
    const found = `${folder.path} is on ${folder.mount?.point}, mounted noexec: nothing that a build makes can run there`;
    return [problem('temproot', found, `mount -o remount,exec ${folder.mount?.point}, or move "temproot"`)];
  }
  return [judgeFreeDisk('temproot', config, folder)];
}

function judgeFreeDisk(
  item: string,
  { minFreeDiskBytes }: Config,
  { path, freeBytes }: FolderFacts,
): CheckItem {
  if (freeBytes === null) return ok(item, path);
  const found = `${path}, ${formatSize(freeBytes)} free`;
  if (freeBytes >= minFreeDiskBytes) return ok(item, found);
  return problem(item, `${found}, less than min_free_disk (${formatSize(minFreeDiskBytes)})`, 'make room');
}

function judgeDatadir(config: Config, folder: FolderFacts, database: DatabaseFacts): readonly CheckItem[] {
  if (folder.found === 'no_folder')
    return [problem('datadir', `${folder.path} is no folder`, 'correct "datadir"')];
  if (!folder.writable) {
    const found = folder.found === 'missing' ? 'does not exist and cannot be made' : 'may not be written';
    return [problem('datadir', `${folder.path} ${found} by this user`, 'change its owner or mode')];
  }
  const disk = judgeFreeDisk('datadir', config, folder);
  if (database.kind === 'unusable') return [disk, problem('database', database.message, null)];
  const state = database.kind === 'none' ? 'not there yet, the first poll makes it' : database.file;
  return [disk, ok('database', state)];
}
