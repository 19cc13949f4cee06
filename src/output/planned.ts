import type { Plan, PlannedDecision } from '../domain/plan.ts';
import { harmlessLine } from './harmless.ts';
import { notBuilt } from './why.ts';

export interface PlannedView {
  readonly plan: Plan;
  readonly troubles: readonly { readonly message: string }[];
  /** The configuration's name, as settings are told to be in it. */
  readonly file: string;
}

/** What a dry run says: a line for each decision, then the repositories that could not be read. */
export function plannedTable({ plan, troubles, file }: PlannedView): string {
  const lines = plan.repos.flatMap(({ repo, decisions }) =>
    decisions.map(
      (decision) =>
        `${verb(decision)} ${harmlessLine(repo.name)} ${place(decision)}: ${because(decision, file)}`,
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

function because({ verdict, previousSha }: PlannedDecision, file: string): string {
  switch (verdict.kind) {
    case 'build':
      if (verdict.reason === 'bootstrap') return 'the bootstrap moved';
      return previousSha === null ? 'it is new' : 'it moved';
    case 'coalesced':
      return 'taken by the build that is queued already';
    case 'forgotten':
      return 'two full polls missed it';
    default:
      return notBuilt(verdict, file);
  }
}
