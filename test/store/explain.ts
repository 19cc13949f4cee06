import { expect } from 'vitest';
import type { Db } from '../../src/store/database.ts';

/**
 * Fails when SQLite would look through a whole table or index, or sort, to answer. `allowed`: beginnings of
 * steps of its plan that are cheap for a reason that the caller knows. Returns the plan.
 */
export function searchesOnly(db: Db, sql: string, allowed: readonly string[] = []): readonly string[] {
  const plan = (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(
    ({ detail }) => detail,
  );
  const isFine = (step: string) =>
    /^(SEARCH|CORRELATED SCALAR SUBQUERY|SCALAR SUBQUERY|CO-ROUTINE)/.test(step) ||
    step === 'SCAN CONSTANT ROW' ||
    allowed.some((beginning) => step.startsWith(beginning));
  expect(plan.length).toBeGreaterThan(0);
  expect(
    plan.filter((step) => !isFine(step)),
    `${sql}\n${plan.join('\n')}`,
  ).toEqual([]);
  return plan;
}
