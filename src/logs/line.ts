/** A line of a log, in the predecessor's format or as JSON. */
export interface LogLine {
  /** Milliseconds since 1970; told in local time. */
  readonly time: number;
  /** `ampci:poll` */
  readonly name: string;
  readonly level: string;
  readonly pid: number;
  readonly msg: string;
}

/** The format of Python's logging that the predecessor used, with the end of the line. */
export function formatLine({ time, name, level, pid, msg }: LogLine): string {
  return `${localTime(new Date(time))} [${name}] [${level}] [${pid}] ${escapeControls(msg)}\n`;
}

/** `2023-09-12 19:13:05,359` */
function localTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Ends of lines, terminal escapes and invisible characters as `\n`, `\x1b`, `\u202e`: a name cannot forge a line. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x100) return names[character] ?? `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
