import { schema as github } from '@octokit/graphql-schema';
import { buildSchema, type DocumentNode, execute, GraphQLError, parse, validate } from 'graphql';
import { type Answer, json } from './answer.ts';
import { costOf, nodesOf, refuseBounds } from './graphql-cost.ts';
import { type GraphqlContext, root } from './graphql-resolvers.ts';

/** GitHub's own. It says of itself that it is valid; checking takes longer than a test. */
const schema = buildSchema(github.idl, { assumeValid: true, noLocation: true });

const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();

function prepared(query: string): DocumentNode | readonly GraphQLError[] {
  const known = documents.get(query);
  if (known) return known;
  const made = prepare(query);
  documents.set(query, made);
  return made;
}

function prepare(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query);
    const errors = validate(schema, document);
    return errors.length > 0 ? errors : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

export interface GraphqlRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

export interface GraphqlAnswer {
  readonly answer: Answer;
  readonly cost: number;
}

/** Runs a query. Whatever is wrong with it, GitHub says so with status 200. */
export async function answerGraphql(
  request: GraphqlRequest,
  context: Omit<GraphqlContext, 'cost' | 'nodeCount'>,
): Promise<GraphqlAnswer> {
  if (typeof request.query !== 'string')
    return {
      answer: json({ errors: [{ message: 'A query attribute must be specified and must be a string.' }] }),
      cost: 1,
    };
  const document = prepared(request.query);
  if (!('kind' in document)) return { answer: json({ errors: document.map(format) }), cost: 1 };
  const variables = (request.variables ?? {}) as Record<string, unknown>;
  const refused = refuseBounds(document, variables);
  if (refused) return { answer: json({ errors: [refused] }), cost: 1 };
  const cost = costOf(document, variables);
  const result = await execute({
    schema,
    document,
    rootValue: root,
    contextValue: { ...context, cost, nodeCount: nodesOf(document, variables) } satisfies GraphqlContext,
    variableValues: variables,
    ...(typeof request.operationName === 'string' ? { operationName: request.operationName } : {}),
  });
  const errors = result.errors?.map(format);
  return {
    answer: json({ ...(result.data ? { data: result.data } : {}), ...(errors ? { errors } : {}) }),
    cost,
  };
}

/** GitHub puts an error's type beside its message, not among its extensions. */
function format(error: GraphQLError): Record<string, unknown> {
  const { type, ...extensions } = error.extensions;
  return {
    ...(type === undefined ? {} : { type }),
    ...(error.path ? { path: error.path } : {}),
    ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
    ...(error.locations ? { locations: error.locations } : {}),
    message: error.message,
  };
}
