/** Here because `domain` imports nothing: SHA-256 (FIPS 180-4) of an ASCII string, as 64 hex digits. */
export function sha256(ascii: string): string {
  const state = [...initial];
  const words = padded(ascii);
  for (let at = 0; at < words.length; at += 16) compress(state, words.slice(at, at + 16));
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The message, a 1 bit, zeros and its length in bits: whole blocks of sixteen 32-bit words. */
function padded(ascii: string): number[] {
  const blocks = Math.ceil((ascii.length + 9) / 64);
  const words = new Array<number>(blocks * 16).fill(0);
  const put = (byte: number, at: number) => {
    words[at >> 2] = (words[at >> 2] ?? 0) | (byte << (24 - (at % 4) * 8));
  };
  for (let at = 0; at < ascii.length; at++) put(ascii.charCodeAt(at) & 0xff, at);
  put(0x80, ascii.length);
  words[words.length - 1] = ascii.length * 8;
  return words;
}

function compress(state: number[], block: readonly number[]): void {
  const w = expanded(block);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + choice + (constants[i] ?? 0) + (w[i] ?? 0);
    const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + majority;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] ?? 0) + word) | 0;
}

function expanded(block: readonly number[]): number[] {
  const w = [...block];
  for (let i = 16; i < 64; i++) {
    const [w15 = 0, w2 = 0, w16 = 0, w7 = 0] = [w[i - 15], w[i - 2], w[i - 16], w[i - 7]];
    const s0 = rotr(w15, 7) ^ rotr(w15, 18) ^ (w15 >>> 3);
    const s1 = rotr(w2, 17) ^ rotr(w2, 19) ^ (w2 >>> 10);
    w.push((w16 + s0 + w7 + s1) | 0);
  }
  return w;
}

function rotr(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
}

/** The first 32 bits of the fractional part. */
function fraction(x: number): number {
  return ((x - Math.floor(x)) * 2 ** 32) | 0;
}

const initial = primes(8).map((p) => fraction(Math.sqrt(p)));
const constants = primes(64).map((p) => fraction(Math.cbrt(p)));
