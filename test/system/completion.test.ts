import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireInstalled } from './foreground.ts';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'ampci.js');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-completion-'));
  writeFileSync(join(folder, 'a-file'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function scriptFor(shell: string): string {
  requireInstalled(`/usr/bin/${shell}`);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, execFileSync(process.execPath, [launcher, 'completion', shell]));
  return file;
}

const env = { PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb', LANG: 'C.UTF-8' };

describe('the real fish offers', () => {
  const offered = (line: string) => {
    const ask = `source ${scriptFor('fish')}; complete -C '${line}'`;
    const lines = execFileSync('/usr/bin/fish', ['--no-config', '-c', ask], {
      cwd: folder,
      env: { ...env, HOME: folder },
    });
    return String(lines)
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]);
  };

  it.each([
    ['ampci po', ['poll']],
    ['ampci history --re', ['--reason']],
    ['ampci history --reason ', ['bootstrap', 'manual', 'push', 'retry']],
    ['ampci completion ', ['bash', 'fish', 'zsh']],
  ])('for %j: %j', (line, expected) => {
    expect(offered(line).sort()).toEqual(expected);
  });
});

describe('the real zsh offers', () => {
  // Completion needs a line editor, and that a terminal: zsh has a pseudo-terminal of its own for such ends.
  const offered = (line: string) => {
    const ask = `
      zmodload zsh/zpty
      zpty inner zsh -f -i
      answer() { zpty -r -m inner REPLY "*$1*" }
      zpty -w inner 'PS1=; autoload -U compinit; compinit -u -D; source ${scriptFor('zsh')}; stty -echo; print rea""dy'
      answer ready
      zpty -w -n inner ${JSON.stringify(line)}$'\\t'$'\\x01print -r -- "<'$'\\x05>"\\n'
      answer '>'
      print -r -- $REPLY`;
    const output = String(
      execFileSync('/usr/bin/zsh', ['-f', '-c', ask], { cwd: folder, env, timeout: 30_000 }),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what the line editor draws with.
    return output.replace(/\u001b\[[\d;?]*[a-zA-Z]|[\r\n\u0007]/g, '');
  };

  it.each([
    ['ampci pol', 'ampci poll '],
    ['ampci history --reas', '--reason  -- built for this reason'],
    ['ampci completion z', 'ampci completion zsh '],
  ])('for %j: %j', (line, expected) => {
    expect(offered(line)).toContain(expected);
  });
});
