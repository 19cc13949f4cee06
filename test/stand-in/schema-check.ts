import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from './answer.ts';

/** What `scripts/extract-openapi.ts` made of GitHub's description. */
interface Extract {
  readonly operations: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: unknown;
}

const extract = JSON.parse(
  readFileSync(new URL('./schema/openapi.json', import.meta.url), 'utf8'),
) as Extract;

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
ajv.addSchema(extract as object, 'github');

/**
 * Compares an answer with GitHub's description of the operation (`/repos/{owner}/{repo}`); null: it is as described.
 * Errors that GitHub does not describe for an operation are let pass, as it sends them all the same.
 */
export function checkAnswer(operation: string, method: string, answer: Answer): string | null {
  const key = `${method} ${operation}`;
  const statuses = extract.operations[key];
  if (!statuses) return `${key} is not in the extract of GitHub's description`;
  const schema = statuses[String(answer.status)];
  if (schema === undefined) return answer.status < 300 ? `${key} does not answer ${answer.status}` : null;
  if (schema === null || !/^application\/json/.test(answer.headers['content-type'] ?? '')) return null;
  const validate = validatorOf(key, answer.status);
  if (validate(JSON.parse(answer.body))) return null;
  return ajv.errorsText(validate.errors, { dataVar: String(answer.status) });
}

/** Compiled at its first use and kept by ajv. */
function validatorOf(key: string, status: number): ValidateFunction {
  const pointer = encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
  const validate = ajv.getSchema(`github#/operations/${pointer}/${status}`);
  if (!validate) throw new Error(`no schema for ${key} ${status}`);
  return validate;
}
