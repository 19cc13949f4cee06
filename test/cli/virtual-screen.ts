/** What a person sees of the bytes that went to a terminal. */
export interface VirtualScreen {
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** The visible lines, without blanks at their ends. */
  lines(): readonly string[];
  /** How many lines ran over the right edge. */
  wraps(): number;
}

/** Knows as much of a terminal as ampci uses: lines, erasing, moving up, home. Colours are left out. */
export function virtualScreen(columns: number, rows: number): VirtualScreen {
  let size = { columns, rows };
  let grid: string[] = [''];
  let at = { row: 0, column: 0 };
  let wraps = 0;

  const newLine = () => {
    at = { row: at.row + 1, column: 0 };
    while (grid.length <= at.row) grid.push('');
    while (grid.length > size.rows) {
      grid.shift();
      at.row -= 1;
    }
  };
  const put = (character: string) => {
    if (at.column >= size.columns) {
      wraps += 1;
      newLine();
    }
    const line = (grid[at.row] ?? '').padEnd(at.column);
    grid[at.row] = line.slice(0, at.column) + character + line.slice(at.column + 1);
    at.column += 1;
  };
  const control = (parameter: string, letter: string) => {
    if (letter === 'A') at.row = Math.max(0, at.row - (Number(parameter) || 1));
    if (letter === 'H') at = { row: 0, column: 0 };
    if (letter === 'K') grid[at.row] = (grid[at.row] ?? '').slice(0, at.column);
    if (letter === 'J') {
      if (parameter === '2') grid = grid.map(() => '');
      else grid = [...grid.slice(0, at.row), (grid[at.row] ?? '').slice(0, at.column)];
    }
  };
  return {
    wraps: () => wraps,
    lines: () => grid.map((line) => line.trimEnd()),
    resize(columns, rows) {
      size = { columns, rows };
    },
    write(text) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are told by
      for (const [all, parameter, letter] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|./gsu)) {
        if (letter !== undefined) control(parameter ?? '', letter);
        else if (all === '\n') newLine();
        else if (all === '\r') at.column = 0;
        else if (all >= ' ') put(all);
      }
    },
  };
}
