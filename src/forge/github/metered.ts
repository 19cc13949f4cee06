import type { Clock } from '../../clock.ts';
import type { Transport, TransportInit } from '../transport.ts';
import type { Meter } from './meter.ts';

/** Here every answer is heard, also those that Octokit throws away. A 304 is free of quota; a query tells its cost. */
export function metered(transport: Transport, { meter, clock }: { meter: Meter; clock: Clock }): Transport {
  return async (url: string, init?: TransportInit) => {
    meter.count();
    const response = await transport(url, init);
    const isQuery = init?.method === 'POST';
    if (response.status !== 304 && !isQuery) meter.charge(1);
    const { status } = response;
    meter.note({ status, headers: Object.fromEntries(response.headers), message: '', now: clock() });
    return response;
  };
}
