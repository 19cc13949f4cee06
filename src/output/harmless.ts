/**
 * Text of a stranger (a branch, an author, a message) as one line that cannot move a cursor, hide or reorder
 * what stands beside it: white space becomes a space, control and invisible formatting characters become `?`.
 * Joiners and variation selectors of emoji go, for terminals disagree about the width of what they join.
 */
export function harmlessLine(text: string): string {
  return text
    .replace(/[\s\u0085]+/gu, ' ')
    .replace(/[\u200d\ufe0e\ufe0f]/gu, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '?');
}

/** Lines of ampci's own in which strangers' names may stand: the layout stays, what could harm a terminal is `?`. */
export function harmlessLines(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
}

/** A word as a POSIX shell must be given it, for commands that are shown to be pasted. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
