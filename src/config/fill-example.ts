import { parseDocument } from 'yaml';

/** What `init` asks for. */
export interface Answers {
  readonly baseurl: string;
  readonly repos: readonly string[];
  readonly scripts: readonly string[];
  /** null: none. */
  readonly bootstrap: string | null;
}

/** amp.yaml.example with the answers in place of its placeholders, its comments kept. */
export function fillExample(example: string, { baseurl, repos, scripts, bootstrap }: Answers): string {
  const document = parseDocument(example);
  document.set('baseurl', baseurl);
  document.set('repos', repos);
  document.set('scripts', { '*': scripts });
  document.set('bootstrap', bootstrap);
  return `${document.toString({ lineWidth: 0, singleQuote: true }).trimEnd()}\n`;
}
