import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Path, PlacedMistake } from './mistake.ts';
import { syntaxMessage } from './syntax-message.ts';

/** amp.yaml as data with positions. */
export interface AmpDocument {
  /** Maps are `Map`s: their keys keep the file's order and may be called `__proto__`. Undefined when it is no YAML. */
  readonly data: unknown;
  readonly mistakes: readonly PlacedMistake[];
  /** Where a value (or the key that holds it) is; where its surroundings are when it is not there itself. */
  place(path: Path, part?: 'key' | 'value'): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Reads YAML 1.2 with positions; what is wrong with it is in `mistakes`. Never throws. */
export function readDocument(written: string): AmpDocument {
  const text = written.replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const options = { prettyErrors: false, stringKeys: true, merge: true, lineCounter: lines } as const;
  const document = parseDocument(text, options);
  keepText(document);
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const troubles = troublesOf(document, text);
  const mistakes = troubles.map(({ code, message, offset }) => {
    return { path: [], message: syntaxMessage(code, message, text.slice(offset)), ...placeAt(offset) };
  });
  const isReadable = troubles.every(({ code }) => code === 'DUPLICATE_KEY');
  return {
    ...(isReadable ? dataOf(document, mistakes) : { data: undefined, mistakes }),
    place: (path, part = 'value') => placeAt(offsetOf(document, path, part)),
  };
}

interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly offset: number;
}

/**
 * What YAML complains about. An unknown tag is a mere warning to it; here it is always an exclude (`!topic/*`)
 * that lacks its quotes. A glob without quotes reads as an alias, and what follows is beside the point then.
 */
function troublesOf(document: Document.Parsed, text: string): readonly Trouble[] {
  const told = [...document.errors, ...document.warnings];
  const troubles = told.map(({ code, message, pos }) => ({ code, message, offset: pos[0] }));
  const aliases = troubles
    .filter(({ code }) => code === 'BAD_ALIAS')
    .map((trouble) => ({ ...trouble, offset: Math.max(0, text.lastIndexOf('*', trouble.offset)) }));
  return aliases.length > 0 ? aliases : [...troubles, ...danglingAliases(document)];
}

function danglingAliases(document: Document.Parsed): readonly Trouble[] {
  const dangling: Trouble[] = [];
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document)) return;
      dangling.push({ code: 'BAD_ALIAS', message: 'no such anchor', offset: node.range?.[0] ?? 0 });
    },
  });
  return dangling;
}

/** Aliases are resolved only now, and may be endless or far too many. */
function dataOf(document: Document.Parsed, mistakes: readonly PlacedMistake[]) {
  try {
    return { data: document.toJS({ mapAsMap: true }) as unknown, mistakes };
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : error}`;
    return { data: undefined, mistakes: [...mistakes, { path: [], message, line: 1, column: 1 }] };
  }
}

/**
 * In lists and under `env` only text is meant: a branch `1.10` or a variable `1.10` stays as it is written
 * instead of becoming the number 1.1.
 */
function keepText(document: Document.Parsed): void {
  visit(document, {
    Scalar: (key, node, ancestors) => {
      const isText = typeof key === 'number' || (key === 'value' && isEnvText(ancestors));
      const isConverted = typeof node.value === 'number' || typeof node.value === 'boolean';
      if (isText && isConverted && node.source !== undefined) node.value = node.source;
    },
  });
}

/** `env: {NAME: text}` or `env: {NAME: {value: text}}`. */
function isEnvText(ancestors: readonly unknown[]): boolean {
  const keys = ancestors.filter(isPair).map(({ key }) => (isScalar(key) ? key.value : null));
  const below = keys.slice(keys.lastIndexOf('env') + 1);
  return keys.includes('env') && (below.length === 1 || below.at(-1) === 'value');
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, key] of path.entries()) {
    const collection = isAlias(node) ? node.resolve(document) : node;
    if (!isCollection(collection)) return offset;
    const wantsKey = part === 'key' && depth === path.length - 1;
    const next = (wantsKey ? keyNode(collection, key) : null) ?? collection.get(key, true);
    const start = startOf(next);
    if (start === null) return offset;
    node = next;
    offset = start;
  }
  return offset;
}

function keyNode(collection: Node, key: string | number): unknown {
  if (!isMap(collection)) return null;
  return collection.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.key ?? null;
}

function startOf(node: unknown): number | null {
  return isNode(node) ? (node.range?.[0] ?? null) : null;
}
