import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Answers } from '../config/fill-example.ts';
import type { Config } from '../domain/config.ts';
import { packageFile } from '../package-file.ts';
import { UserError } from '../user-error.ts';
import type { CommandResult } from './result.ts';

/** Each is asked for on a terminal where the command line does not give it. */
export interface InitOptions {
  readonly baseurl?: string;
  readonly repos?: readonly string[];
  readonly scripts?: readonly string[];
  /** `none` for none. */
  readonly bootstrap?: string;
}

export interface InitRequest {
  readonly options: InitOptions;
  /** The file to write, as the user named it. */
  readonly file: string;
  readonly githubApiUrl: string | undefined;
  /** Asks on the terminal; an empty answer means the default. null: there is no terminal. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** What is run on the new configuration. */
  readonly check: (config: Config) => Promise<CommandResult>;
}

/**
 * Writes amp.yaml from the example and the answers, then checks it. Throws a UserError and writes nothing: the
 * file is there already, an answer is missing where nobody can be asked, or makes no valid configuration.
 */
export async function init(request: InitRequest): Promise<CommandResult> {
  const { file, githubApiUrl } = request;
  refuseToOverwrite(file);
  const answers = await collectAnswers(request);
  const { fillExample } = await import('../config/fill-example.ts');
  const { parseConfig } = await import('../config/parse.ts');
  const text = fillExample(readFileSync(packageFile('amp.yaml.example'), 'utf8'), answers);
  const config = parseConfig({ label: file, file: resolve(file), text, githubApiUrl });
  write(file, text);
  const { output, exitCode } = await request.check(config);
  return { output: `Wrote ${file}. Checking it:\n\n${output}`, exitCode };
}

function refuseToOverwrite(file: string): void {
  try {
    readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
  }
  throw alreadyThere(file);
}

function alreadyThere(file: string): UserError {
  return new UserError(
    `${file}: is there already; edit it and run "ampci check", or name another file with -c`,
  );
}

/** The answers may have taken a while: a file that came up meanwhile is not overwritten either. */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST' ? alreadyThere(file) : new UserError(`${file}: cannot be written: ${message}`);
  }
}

interface Question {
  readonly option: string;
  readonly text: string;
  /** What an empty answer means; null: there must be one. */
  readonly byDefault: string | null;
}

const questions = {
  baseurl: { option: '--baseurl', text: 'Server and owner (https://github.com/OWNER)', byDefault: null },
  repos: { option: '--repos', text: "Repositories, by spaces ('*' for all of the owner)", byDefault: null },
  scripts: { option: '--scripts', text: 'Scripts to run in order, by spaces', byDefault: 'build.sh' },
  bootstrap: {
    option: '--bootstrap',
    text: 'Bootstrap repository ("none" for none)',
    byDefault: 'amp_bootstrap',
  },
} as const satisfies Record<string, Question>;

async function collectAnswers({ options, ask }: InitRequest): Promise<Answers> {
  const asker = { ask };
  const baseurl = options.baseurl ?? (await answer(asker, questions.baseurl));
  const repos = options.repos ?? words(await answer(asker, questions.repos));
  const scripts = options.scripts ?? words(await answer(asker, questions.scripts));
  const bootstrap = options.bootstrap ?? (await answer(asker, questions.bootstrap));
  return { baseurl, repos, scripts, bootstrap: bootstrap === 'none' ? null : bootstrap };
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

async function answer({ ask }: Pick<InitRequest, 'ask'>, question: Question): Promise<string> {
  const { option, text, byDefault } = question;
  const given = ask ? await ask(`${text}${byDefault === null ? '' : ` [${byDefault}]`}: `) : '';
  const result = given.trim() || byDefault;
  if (result) return result;
  throw new UserError(`${option} is missing: ${text}`);
}
