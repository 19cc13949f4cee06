import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { interleave, ratio } from './measure.ts';
import type { Place } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite } from './site.ts';

/** The same by `git ls-remote`, for comparison: a process and a request or two for each repository. */
export async function* withoutToken(plain: Place): Rows {
  if (plain.steadyOnly) return;
  const { GITHUB_TOKEN: _, ...env } = plain.env;
  const place: Place = { ...plain, env, ampci: (...args) => ({ ...plain.ampci(...args), env }) };
  const sizes = [10, 100, 1000];
  await using github = await startGithub({ repos: Math.max(...sizes) });
  for (const size of sizes) {
    const repos = Array.from({ length: size }, (_, index) => `repo-${String(index + 1).padStart(4, '0')}`);
    const site = makeSite(place, { baseurl: `${github.url}/acme`, repos });
    if (size < 1000) await settle(place, site);
    const commands = { node: place.node, tick: place.ampci(site, 'poll') };
    const samples = await interleave(commands, { rounds: size < 1000 ? 3 : 1 });
    const name = `idle tick without a token, ${size.toLocaleString('en')} repositories (ls-remote): CPU`;
    yield { name, value: ratio(samples.tick, samples.node), unit: 'x' };
  }
}
