import type { CheckItem, CheckState } from '../domain/check-item.ts';
import { harmlessLine } from './harmless.ts';
import type { Colour, Paint } from './paint.ts';

const colours: Readonly<Record<CheckState, Colour>> = {
  ok: 'green',
  skipped: 'dim',
  warning: 'yellow',
  problem: 'red',
};
const stateWidth = 'problem'.length;

/** A line for each item, its way out on the next: `ok       git            2.47.3`. */
export function checkList(items: readonly CheckItem[], paint: Paint): string {
  const itemWidth = Math.max(...items.map(({ item }) => item.length));
  const indent = ' '.repeat(stateWidth + itemWidth + 4);
  return items
    .map(({ item, state, found, wayOut }) => {
      const head = `${paint(state.padEnd(stateWidth), colours[state])}  ${item.padEnd(itemWidth)}`;
      const more = wayOut === null ? '' : `${indent}-> ${harmlessLine(wayOut)}\n`;
      return `${head}  ${harmlessLine(found)}\n${more}`;
    })
    .join('');
}

/** Keys in snake_case; `way_out` is null where nothing is to be done. */
export function checkJson(items: readonly CheckItem[]): string {
  const worst = items.some(({ state }) => state === 'problem') ? 'problem' : worstOf(items);
  const list = items.map(({ item, state, found, wayOut }) => ({ item, state, found, way_out: wayOut }));
  return `${JSON.stringify({ state: worst, items: list }, null, 2)}\n`;
}

function worstOf(items: readonly CheckItem[]): CheckState {
  return items.some(({ state }) => state === 'warning') ? 'warning' : 'ok';
}
