import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Step } from './executor.ts';

type What = Pick<Step, 'script' | 'cwd'>;

/** One sentence about why the kernel did not start a script (`code`: its errno's name), with the way out. */
export function whyUnstartable(step: What, code: string): string {
  return (reasons[code] ?? other)(step, code);
}

const reasons: Readonly<Record<string, (step: What, code: string) => string>> = {
  ENOENT: ({ script, cwd }) => {
    if (!exists(script)) return `${script} does not exist: create it, or mend "scripts" in amp.yaml`;
    if (!exists(cwd))
      return `${cwd}, the workspace, is gone: does something clean temproot while builds run?`;
    return missingInterpreter(script);
  },
  EACCES: ({ script }) => {
    if (isFolder(script)) return `${script} is a folder, not an executable file: mend "scripts" in amp.yaml`;
    if (!isExecutable(script)) return `${script} is not executable: chmod +x ${script}`;
    return `${script} may not be executed: check the rights of its folders and of its interpreter, and that its file system is not mounted noexec`;
  },
  ENOEXEC: ({ script }) =>
    `${script} is in no format that this machine can execute: a script's first line must be like #!/bin/sh`,
  ETXTBSY: ({ script }) => `${script} is open for writing in another process: wait until it is written`,
  E2BIG: ({ script }) => `${script} cannot be started: its environment is too large ("env" in amp.yaml?)`,
  EAGAIN: ({ script }) =>
    `${script} cannot be started: no more processes are allowed (ulimit -u, or the machine's limit)`,
  ENOMEM: ({ script }) => `${script} cannot be started: the machine is out of memory`,
  EMFILE: ({ script }) => `${script} cannot be started: too many open files (ulimit -n)`,
  ENFILE: ({ script }) => `${script} cannot be started: the machine has too many open files`,
  ELOOP: ({ script }) => `${script} is a symbolic link that leads in a circle`,
  ENOTDIR: ({ script }) =>
    `${script} cannot exist, a part of its path is no folder: mend "scripts" in amp.yaml`,
};

function other({ script }: What, code: string): string {
  return `${script} cannot be started: ${code}`;
}

/** The kernel says ENOENT also when the program named by the first line is missing. */
function missingInterpreter(script: string): string {
  const line = firstLine(script);
  if (line.endsWith('\r'))
    return `${script} has Windows line ends, its first line cannot work: convert it (dos2unix)`;
  return `${script} names an interpreter that does not exist: ${JSON.stringify(line)}`;
}

function firstLine(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(128);
    const length = readSync(fd, bytes);
    return bytes.toString('utf8', 0, length).split('\n', 1)[0] ?? '';
  } finally {
    closeSync(fd);
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function isExecutable(path: string): boolean {
  return (statSync(path).mode & 0o111) !== 0;
}
