import type { Hub } from './hub.ts';

/** What another process may call: the test API, by name. */
const callable = [
  'createRepo',
  'createRepos',
  'repo',
  'rename',
  'transfer',
  'archive',
  'setPrivate',
  'setDefaultBranch',
  'deleteRepo',
  'commit',
  'createBranches',
  'forcePush',
  'deleteBranch',
  'tag',
  'fastImport',
  'refresh',
  'lag',
  'freezePushedAt',
  'addAccount',
  'addToken',
  'removeToken',
  'addApp',
  'quota',
  'setQuota',
  'fault',
  'clearFaults',
  'resetCounters',
] as const satisfies readonly (keyof Hub)[];

export type ControlCall = (typeof callable)[number] | 'requests';

/**
 * Answers a POST to `/_control`: `{"call": "commit", "with": ["acme/web", "main", {}]}` gives `{"result": …}` or
 * `{"error": "…"}`; the names are the hub's, and `requests` returns the log.
 */
export async function answerControl(hub: Hub, body: string): Promise<string> {
  try {
    const { call, with: given = [] } = JSON.parse(body) as { call: string; with?: unknown[] };
    return JSON.stringify({ result: plain(await run(hub, call, given)) });
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

function run(hub: Hub, call: string, given: readonly unknown[]): unknown {
  if (call === 'requests') return hub.requests;
  const name = callable.find((one) => one === call);
  if (name === undefined)
    throw new Error(`call: expected requests or one of ${callable.join(', ')}, got "${call}"`);
  return (hub[name] as (...args: readonly unknown[]) => unknown)(...given);
}

const plain = (value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries(value) : (value ?? null);

/** Drives a stand-in of another process: `await controlOf(url)('commit', 'acme/web', 'main')`. */
export const controlOf =
  (url: string) =>
  async (call: ControlCall, ...given: readonly unknown[]): Promise<unknown> => {
    const answer = await fetch(`${url}/_control`, {
      method: 'POST',
      body: JSON.stringify({ call, with: given }),
    });
    const { result, error } = (await answer.json()) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return result;
  };
