/**
 * A `git fast-import` stream, in parts: a tree of so many files of 2 to 8 kB, and then commits that each change
 * a few lines in two of them, as the years would.
 */
export function* historyStream({
  files,
  commits,
}: {
  readonly files: number;
  readonly commits: number;
}): Generator<string> {
  yield commit(1, 'Begin');
  for (let index = 0; index < files; index += 1) yield file(index, 0);
  for (let number = 2; number <= commits; number += 1) {
    yield commit(number, `Change ${number}`);
    for (const prime of [7919, 6133]) yield file((number * prime) % files, number);
  }
}

function commit(number: number, message: string): string {
  const committer = `committer Ada Author <ada@example.org> ${1_700_000_000 + number * 60} +0000`;
  return `commit refs/heads/main\n${committer}\ndata ${message.length}\n${message}\n`;
}

function file(index: number, version: number): string {
  const content = contentOf(index, version);
  return `M 100644 inline src/part-${index % 30}/unit-${index % 7}/file-${index}.txt\ndata ${content.length}\n${content}\n`;
}

function contentOf(index: number, version: number): string {
  const lines = 40 + ((index * 13) % 120);
  let text = '';
  for (let line = 0; line < lines; line += 1) {
    const changed = version > 0 && (line + version) % lines < 3 ? version : 0;
    text += `  const value${line} = compute(0x${scrambled(index, line, changed)}, file${index});\n`;
  }
  return text;
}

/** 16 digits that no other line has: sources do not compress better than that. */
function scrambled(index: number, line: number, version: number): string {
  const high = Math.imul((index + 1) ^ (version * 40503), 2654435761) >>> 0;
  const low = Math.imul((line + 1) * 97 + index + version, 2246822519) >>> 0;
  return (high.toString(16) + low.toString(16)).padStart(16, '0');
}
