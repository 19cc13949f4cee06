import { getEventListeners, once } from 'node:events';
import { expect, it } from 'vitest';
import { withDeadline } from '../src/deadline.ts';

const untilAborted = async (signal: AbortSignal) => {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
};
const never = new AbortController().signal;

it('ends work when its time is over, as a time-out', async () => {
  const reason = await withDeadline({ timeoutMs: 1, signal: never }, untilAborted);
  expect(reason).toMatchObject({ name: 'TimeoutError' });
});

it('ends work with the outer signal, for the same reason, also where that has aborted before', async () => {
  const controller = new AbortController();
  const asked = { timeoutMs: 60_000, signal: controller.signal };
  const work = withDeadline(asked, untilAborted);
  controller.abort('leaving');
  expect(await work).toBe('leaving');
  expect(await withDeadline(asked, untilAborted)).toBe('leaving');
});

it('leaves neither a timer nor a listener behind, whatever became of the work', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const asked = { timeoutMs: 60_000, signal: never };
  expect(await withDeadline(asked, async () => timers())).toBe(before + 1);
  await expect(withDeadline(asked, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(timers()).toBe(before);
  expect(getEventListeners(never, 'abort')).toEqual([]);
});
