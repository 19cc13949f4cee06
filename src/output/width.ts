/** East Asian Wide and Fullwidth (Unicode UAX 11), and the emoji that terminals draw over two cells. */
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const combining = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Cells that a terminal gives to a harmless text. Where terminals differ, the larger number. */
export function width(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return Array.from(text).reduce((sum, character) => sum + cells(character), 0);
}

/** At most `cellsLeft` cells of the text, with `…` where it was cut. Marks stay with what they mark. */
export function truncate(text: string, cellsLeft: number): string {
  if (width(text) <= cellsLeft) return text;
  if (cellsLeft < 1) return '';
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += cells(character);
    if (used > cellsLeft - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function cells(character: string): number {
  if (character < '\u0300') return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
