import type { ForgeFactory } from '../factory.ts';

/** Heads from any git server, or a folder of bare repositories, by `git ls-remote`. */
export const git: ForgeFactory = (settings) => ({
  async observe(request) {
    const { observe } = await import('./observe.ts');
    return observe(settings, request);
  },
  async resolve(request) {
    const { resolve } = await import('./resolve.ts');
    return resolve(settings, request);
  },
});
