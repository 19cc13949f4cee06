const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Colour = keyof typeof codes;
export type Paint = (text: string, colour: Colour) => string;

/** Colours only stress what the words say already; `plain` leaves them out. */
export function painter(color: boolean): Paint {
  return color ? (text, colour) => `\u001b[${codes[colour]}m${text}\u001b[0m` : (text) => text;
}
