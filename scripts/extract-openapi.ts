/**
 * Writes test/stand-in/schema/openapi.json: what GitHub's OpenAPI description says about the answers of the paths
 * that the stand-in serves, as JSON Schema, without words and examples (13 MB become a few hundred kB).
 *
 *     npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz package/generated/api.github.com.json
 *     node scripts/extract-openapi.ts package/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { restRoutes } from '../test/stand-in/rest.ts';
import { createTokens } from '../test/stand-in/tokens.ts';

type Json = Record<string, unknown>;

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: node scripts/extract-openapi.ts <api.github.com.json>');
const github = JSON.parse(readFileSync(source, 'utf8')) as Json;
const target = new URL('../test/stand-in/schema/openapi.json', import.meta.url);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function at(pointer: string): Json {
  const found = pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((inside, key) => (isObject(inside) ? inside[key] : undefined), github);
  if (!isObject(found)) throw new Error(`${pointer}: not in ${source}`);
  return found;
}

const isMany = (value: unknown): boolean => Array.isArray(value) && value.length > 1;

const resolved = (value: Json): Json => (typeof value.$ref === 'string' ? at(value.$ref) : value);

const words = new Set([
  'description',
  'title',
  'example',
  'examples',
  'default',
  'deprecated',
  'discriminator',
  'externalDocs',
  'readOnly',
  'x-github-breaking-changes',
]);

const needed = new Set<string>();

/** A schema of OpenAPI 3.0 as JSON Schema: `nullable` is one of its types. */
function slim(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(slim);
  if (!isObject(schema)) return schema;
  if (typeof schema.$ref === 'string') {
    needed.add(schema.$ref);
    return { $ref: schema.$ref };
  }
  const { nullable, ...kept } = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !words.has(key))
      // Of an installation's account GitHub says that it is a user and an enterprise at once, and means either.
      .map(([key, value]) => [key === 'allOf' && isMany(value) ? 'anyOf' : key, value] as const)
      .map(([key, value]) => [key, key === 'properties' ? slimProperties(value) : slim(value)]),
  );
  return nullable === true ? orNull(kept) : kept;
}

const slimProperties = (properties: unknown): unknown =>
  isObject(properties)
    ? Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, slim(schema)]))
    : properties;

function orNull(schema: Json): Json {
  if (typeof schema.type !== 'string') return { anyOf: [{ type: 'null' }, schema] };
  const withNull = { ...schema, type: [schema.type, 'null'] };
  return Array.isArray(schema.enum) ? { ...withNull, enum: [...schema.enum, null] } : withNull;
}

/** Status to the schema of its JSON; null where it has none. */
function answersOf(operation: Json): Json {
  const responses = isObject(operation.responses) ? operation.responses : {};
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const content = isObject(response) ? resolved(response).content : undefined;
      const media = isObject(content) ? content['application/json'] : undefined;
      return [status, isObject(media) ? slim(media.schema) : null];
    }),
  );
}

const operations: Json = {};
for (const { method, operation } of restRoutes(createTokens())) {
  const path = isObject(github.paths) ? github.paths[operation] : undefined;
  const described = isObject(path) ? path[method.toLowerCase()] : undefined;
  if (!isObject(described)) throw new Error(`${method} ${operation}: GitHub does not describe it`);
  operations[`${method} ${operation}`] = answersOf(described);
}

const schemas: Json = {};
for (const pointer of needed) schemas[pointer.replace('#/components/schemas/', '')] = slim(at(pointer));

/** A line for each, so that a later extract shows what GitHub changed. */
const lines = (entries: Json): string =>
  Object.entries(entries)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',\n');

writeFileSync(
  target,
  `{"operations":{\n${lines(operations)}\n},"components":{"schemas":{\n${lines(schemas)}\n}}}\n`,
);
