import { systemClock } from '../../clock.ts';
import { UserError } from '../../user-error.ts';
import type { ForgeFactory } from '../factory.ts';
import { createTransport } from '../transport.ts';
import { observe } from './observe.ts';

/** Heads from GitHub's API. Needs a token and `apiUrl`. */
export const github: ForgeFactory = ({ config, credential, clock = systemClock, environment }) => {
  const { apiUrl } = config;
  if (apiUrl === null || credential === null) {
    throw new UserError("GitHub's API needs a token: set GITHUB_TOKEN, or token_file or app in amp.yaml");
  }
  const forge = { apiUrl, credential, transport: createTransport({ environment }), clock };
  return {
    observe: (request) => observe(forge, request),
    async resolve(request) {
      const { resolve } = await import('./resolve.ts');
      return resolve(forge, request);
    },
  };
};
