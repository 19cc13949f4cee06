import type { Db } from './database.ts';

/** Something to tell the operator, kept until it was printed: a crash between its cause and the telling loses nothing. */
export interface Telling {
  readonly id: number;
  readonly text: string;
}

/** To be called within the transaction of the cause. `text`: complete lines without the final newline. */
export function putIntoOutbox(db: Db, text: string): void {
  db.prepare('INSERT INTO outbox (text) VALUES (?)').run(text);
}

export function readOutbox(db: Db): Telling[] {
  return db.prepare('SELECT id, text FROM outbox ORDER BY id').all() as Telling[];
}

export function removeFromOutbox(db: Db, id: number): void {
  db.prepare('DELETE FROM outbox WHERE id = ?').run(id);
}
