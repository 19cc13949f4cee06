import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

interface Connection {
  readonly field: string;
  /** How many records it asks for; null where it says neither `first` nor `last`. */
  readonly wanted: number | null;
  /** How often it stands there, at most. */
  readonly times: number;
}

/** What GitHub says to a query that asks for too much at once. */
export interface BoundsError {
  readonly type: string;
  readonly message: string;
}

/** Connections of GitHub's that must say how much of them is wanted. */
const connections = new Set(['refs', 'repositories', 'history', 'associatedPullRequests']);

/**
 * Points of a query: the requests needed for each connection, a hundred to the point, at least one
 * (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
 */
export function costOf(document: DocumentNode, variables: Variables): number {
  const requests = connectionsIn(document, variables).reduce((sum, { times }) => sum + times, 0);
  return Math.max(1, Math.round(requests / 100));
}

export const nodesOf = (document: DocumentNode, variables: Variables): number =>
  connectionsIn(document, variables).reduce((sum, { times, wanted }) => sum + times * (wanted ?? 0), 0);

/** GitHub's limits: 1 to 100 records of a connection, 500,000 nodes in all. */
export function refuseBounds(document: DocumentNode, variables: Variables): BoundsError | null {
  for (const { field, wanted } of connectionsIn(document, variables)) {
    if (wanted === null)
      return {
        type: 'MISSING_PAGINATION_BOUNDARIES',
        message: `You must provide a \`first\` or \`last\` value to properly paginate the \`${field}\` connection.`,
      };
    if (wanted > 100)
      return {
        type: 'EXCESSIVE_PAGINATION',
        message: `Requesting ${wanted} records on the \`${field}\` connection exceeds the \`first\` limit of 100 records.`,
      };
  }
  const nodes = nodesOf(document, variables);
  if (nodes <= 500_000) return null;
  return {
    type: 'MAX_NODE_LIMIT_EXCEEDED',
    message: `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of 500,000.`,
  };
}

function connectionsIn(document: DocumentNode, variables: Variables): Connection[] {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet);
  const walk = (set: SelectionSetNode | undefined, times: number): Connection[] =>
    (set?.selections ?? []).flatMap((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return walk(selection.selectionSet, times);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return walk(fragments.get(selection.name.value), times);
      return ofField(selection, times);
    });
  const ofField = (field: FieldNode, times: number): Connection[] => {
    const wanted = argument(field, ['first', 'last'], variables);
    const name = field.name.value;
    if (typeof wanted === 'number' || connections.has(name)) {
      const count = typeof wanted === 'number' ? wanted : null;
      return [{ field: name, wanted: count, times }, ...walk(field.selectionSet, times * (count ?? 1))];
    }
    const ids = argument(field, ['ids'], variables);
    return walk(field.selectionSet, times * (Array.isArray(ids) ? ids.length : 1));
  };
  return document.definitions
    .filter((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)
    .flatMap((operation) => walk(operation.selectionSet, 1));
}

function argument(field: FieldNode, names: readonly string[], variables: Variables): unknown {
  const found = field.arguments?.find(({ name }) => names.includes(name.value));
  return found ? literalOf(found.value, variables) : undefined;
}

function literalOf(value: ValueNode, variables: Variables): unknown {
  switch (value.kind) {
    case Kind.VARIABLE:
      return variables[value.name.value];
    case Kind.INT:
      return Number(value.value);
    case Kind.LIST:
      return value.values;
    default:
      return undefined;
  }
}
