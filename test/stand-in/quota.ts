/** One window of an identity's quota of a resource. */
export interface Quota {
  readonly limit: number;
  readonly used: number;
  /** Milliseconds since 1970. */
  readonly resetAt: number;
}

export type Resource = 'core' | 'graphql';

export interface Quotas {
  read(who: string, resource: Resource, now: number): Quota;
  charge(who: string, resource: Resource, now: number, points: number): void;
  set(who: string, resource: Resource, quota: Quota): void;
  reset(): void;
}

const hourMs = 3_600_000;

/** Quotas by who asks (a token, an installation, an address) and resource, in windows of an hour as GitHub's. */
export function createQuotas(): Quotas {
  const windows = new Map<string, Quota>();
  const key = (who: string, resource: Resource) => `${resource} ${who}`;
  const read = (who: string, resource: Resource, now: number): Quota => {
    const open = windows.get(key(who, resource));
    if (open && open.resetAt > now) return open;
    const limit = open?.limit ?? (who === 'anonymous' ? anonymousLimit[resource] : 5000);
    return { limit, used: 0, resetAt: now + hourMs };
  };
  return {
    read,
    charge(who, resource, now, points) {
      const quota = read(who, resource, now);
      windows.set(key(who, resource), { ...quota, used: quota.used + points });
    },
    set: (who, resource, quota) => void windows.set(key(who, resource), quota),
    reset: () => windows.clear(),
  };
}

const anonymousLimit = { core: 60, graphql: 0 } as const;

export const remaining = (quota: Quota): number => Math.max(0, quota.limit - quota.used);

export function quotaHeaders(resource: Resource, quota: Quota): Record<string, string> {
  return {
    'x-ratelimit-limit': String(quota.limit),
    'x-ratelimit-remaining': String(remaining(quota)),
    'x-ratelimit-used': String(Math.min(quota.used, quota.limit)),
    'x-ratelimit-reset': String(Math.ceil(quota.resetAt / 1000)),
    'x-ratelimit-resource': resource,
  };
}
