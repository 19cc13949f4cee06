import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addBuiltHead, addPoll, addRepo } from '../store/rows.ts';

/** All that may break a line, perfdata, a macro, a shell, a terminal or a label, and that git allows in a branch. */
export const strangeBranch = `topic/$(id)|'"<&;\`#%é日\u202e\u009b31m=1,{}`;
/** Authors may be called anything. */
const strangeAuthor = "Ev|il\n' 'poll_age'=0s \u001b[31m\\n$HOSTNAME$";

export interface Monitored extends Disposable {
  readonly folder: string;
  /** The plugin, as a monitoring system starts it. */
  readonly plugin: readonly string[];
  /** A default branch fails, whose name and author are as bad as can be. */
  breakBuild(): void;
  /** It succeeds again. */
  mendBuild(): void;
}

/** A datadir that was polled just now, a configuration for it, and the real program to look at it. */
export function monitored(): Monitored {
  const place = temporaryDatadir();
  const { datadir: folder, db } = place;
  chmodSync(folder, 0o755);
  const now = Date.now();
  addPoll(db, { started_at: now - 1000, finished_at: now });
  const repo_id = addRepo(db, 'amppd', { default_branch: strangeBranch });
  const setFailing = db.prepare('UPDATE heads SET failing = ?');
  addBuiltHead(db, { repo_id, branch: strangeBranch, queued_at: now - 60_000 });
  addBuild(db, { repo_id, branch: 'waiting', state: 'queued', queued_at: now });
  return {
    folder,
    plugin: [process.execPath, resolve('bin/ampci.js'), 'status', '--config', configuration(folder)],
    breakBuild() {
      addBuild(db, {
        repo_id,
        branch: strangeBranch,
        state: 'failure',
        queued_at: Date.now() - 20_000,
        step: 'build_packages',
        exit_code: 2,
        author: strangeAuthor,
        subject: strangeAuthor,
      });
      setFailing.run(1);
    },
    mendBuild: () => void setFailing.run(0),
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
}

function configuration(folder: string): string {
  const file = join(folder, 'amp.yaml');
  const script = join(folder, 'build_packages');
  writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(
    file,
    `baseurl: https://github.com/AMP\nscripts:\n  '*': [${script}]\nrepos: [amppd]\ntemproot: ${folder}\ndatadir: ${folder}\nmin_free_disk: 1MB\n`,
  );
  return file;
}
