import { type Github, startGithub, token } from './github.ts';
import { settle } from './idle.ts';
import { interleave, median } from './measure.ts';
import type { Place } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite, type Site } from './site.ts';

const repos = ['amp_bootstrap', 'web'];

/** A tick that finds one push and builds it with an empty script, against the shell script that one would write instead. */
export async function* overhead(place: Place): Rows {
  if (place.steadyOnly) return;
  await using github = await startGithub();
  for (const name of repos) {
    await github.call('createRepo', {
      owner: 'acme',
      name,
      files: { 'README.md': `${name}\n`, 'src/a': 'a\n' },
    });
  }
  const site = makeSite(place, { baseurl: `${github.url}/acme`, repos: ['web'], bootstrap: 'amp_bootstrap' });
  await settle(place, site);
  const commands = { tick: place.ampci(site, 'poll'), shell: shellScript(place, site, github) };
  const push = () => github.call('commit', 'acme/web', 'main');
  for (const warming of Object.values(commands)) await interleave({ warming }, { rounds: 2, before: push });
  const { tick, shell } = await interleave(commands, { rounds: 15, before: push });
  const wall = (samples: typeof tick) => median(samples.map(({ wallMs }) => wallMs));
  const more = median(tick.map(({ wallMs }, round) => wallMs - (shell[round]?.wallMs ?? 0)));
  yield { name: 'a build with an empty script, by a shell script', value: wall(shell), unit: 'ms' };
  yield { name: 'the same by a tick that finds the push', value: wall(tick), unit: 'ms' };
  yield {
    name: 'overhead of a build: the tick against the shell script',
    value: more,
    unit: 'ms',
    atMost: 60,
  };
}

/** The same fetches and checkouts, one after the other; it does not even ask whether there is anything to do. */
function shellScript(place: Place, { folder, temproot }: Site, { url }: Github) {
  const script = place.script(
    'by-hand',
    `set -eu
mirrors='${folder}/by-hand'
mkdir -p "$mirrors"
workspace=$(mktemp -d '${temproot}/by-hand-XXXXXX')
mkdir "$workspace/src_repos"
check_out() {
  [ -d "$mirrors/$1.git" ] || git clone --quiet --mirror "${url}/acme/$1.git" "$mirrors/$1.git"
  git --git-dir "$mirrors/$1.git" fetch --quiet --prune "${url}/acme/$1.git" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'
  git clone --quiet --shared --branch main "$mirrors/$1.git" "$workspace/$2"
  git -C "$workspace/$2" remote set-url origin "${url}/acme/$1.git"
}
check_out amp_bootstrap amp_bootstrap
check_out web src_repos/web
cd "$workspace"
'${place.script('nothing', 'exit 0')}' > '${folder}/by-hand.log' 2>&1
cd /
rm -rf "$workspace"`,
  );
  const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const git = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${url}/.extraHeader`,
    GIT_CONFIG_VALUE_0: header,
  };
  return { argv: [script], cwd: folder, env: { ...place.env, ...git } };
}
