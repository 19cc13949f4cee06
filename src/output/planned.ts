import type { Verdict } from '../domain/decision.ts';
import type { Plan, PlannedDecision } from '../domain/plan.ts';
import { harmlessLine } from './harmless.ts';

/** What a dry run says: a line for each decision, then the repositories that could not be read. */
export function plannedTable(plan: Plan, troubles: readonly { readonly message: string }[]): string {
  const lines = plan.repos.flatMap(({ repo, decisions }) =>
    decisions.map(
      (decision) =>
        `${verb(decision)} ${harmlessLine(repo.name)} ${place(decision)}: ${because(decision.verdict)}`,
    ),
  );
  const all = [...lines, ...troubles.map(({ message }) => `trouble: ${harmlessLine(message)}`)];
  return all.length === 0 ? 'nothing moved: nothing would be built\n' : `${all.join('\n')}\n`;
}

function verb({ build, cancels }: PlannedDecision): string {
  if (build) return 'build ';
  return cancels === null ? 'leave ' : 'cancel';
}

function place({ branch, sha }: PlannedDecision): string {
  return sha === null ? harmlessLine(branch) : `${harmlessLine(branch)} at ${sha.slice(0, 12)}`;
}

function because(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'build':
      return verdict.reason === 'bootstrap' ? 'the bootstrap moved' : 'it moved';
    case 'coalesced':
      return 'taken by the build that is queued already';
    case 'taken_as_seen':
      return `taken as seen at the first poll (first_poll: ${verdict.setting})`;
    case 'ignored':
      return `ignored by branches (line ${verdict.line})`;
    case 'no_scripts':
      return 'no key of scripts fits';
    case 'already_built':
      return 'it came back at the commit that was built last';
    case 'forgotten':
      return 'two full polls missed it';
  }
}
