import type { Build } from '../domain/build.ts';
import type { Plan, PlannedDecision } from '../domain/plan.ts';
import { displayName } from '../domain/repo-name.ts';
import { harmlessLine } from './harmless.ts';
import { notBuilt } from './why.ts';

export interface PlannedView {
  /** null: nothing can be planned for want of the bootstrap's head. */
  readonly plan: Plan | null;
  /** What waits already, whatever moved. */
  readonly queued: readonly Build[];
  /** Baseurl's owner, whose repositories go by their names alone. */
  readonly owner: string;
  readonly troubles: readonly { readonly message: string }[];
  /** The configuration's name, as settings are told to be in it. */
  readonly file: string;
}

/** What a dry run says: what waits already, a line for each decision, then the repositories that could not be read. */
export function plannedTable({ plan, queued, troubles, owner, file }: PlannedView): string {
  const decided = (plan?.repos ?? []).flatMap(({ repo, decisions }) =>
    decisions.map(
      (decision) =>
        `${verb(decision)} ${harmlessLine(displayName(repo, owner))} ${place(decision)}: ${because(decision, file)}`,
    ),
  );
  const all = [
    ...queued.map((build) => waiting(build, owner)),
    ...decided,
    ...troubles.map(({ message }) => `trouble: ${harmlessLine(message)}`),
    ...(plan === null ? ['leave  what moved: the bootstrap has no commit to build beside'] : []),
  ];
  return all.length === 0 ? 'nothing moved: nothing would be built\n' : `${all.join('\n')}\n`;
}

function waiting({ id, owner, repo, branch, sha, reason }: Build, ownOwner: string): string {
  const name = harmlessLine(displayName({ owner, name: repo }, ownOwner));
  return `build  ${name} ${place({ branch, sha })}: it waits as build ${id} (${reason})`;
}

function verb({ build, cancels }: PlannedDecision): string {
  if (build) return 'build ';
  return cancels === null ? 'leave ' : 'cancel';
}

function place({ branch, sha }: Pick<PlannedDecision, 'branch' | 'sha'>): string {
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
