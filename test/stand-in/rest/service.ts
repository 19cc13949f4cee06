import { type Answer, json } from '../answer.ts';
import { type Quota, remaining } from '../quota.ts';
import type { Call } from './call.ts';

const window = (quota: Quota) => ({
  limit: quota.limit,
  used: Math.min(quota.used, quota.limit),
  remaining: remaining(quota),
  reset: Math.ceil(quota.resetAt / 1000),
});

export const rateLimit = (call: Call): Answer => {
  const core = window(call.quota('core'));
  const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
  return json({ resources: { core, search, graphql: window(call.quota('graphql')) }, rate: core });
};

export const meta = (): Answer =>
  json({ verifiable_password_authentication: false, installed_version: '3.19.0' });
