/** Shorter values occur everywhere: masking them would spoil the log and hide nothing. */
const shortestSecret = 4;
const shortestLine = 8;

/**
 * How secret values may show up in a log: as they are, line by line (a private key), in base64 as git's
 * authorization has them, and escaped in a URL. Longest first. Values under 4 characters are left out.
 */
export function secretForms(secrets: readonly string[]): readonly string[] {
  const forms = secrets.filter((secret) => secret.length >= shortestSecret).flatMap(formsOf);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** The forms of secrets of which there may be more and more; the same array as long as there are no others. */
export function growingForms(secrets: () => readonly string[]): () => readonly string[] {
  let made: { readonly count: number; readonly forms: readonly string[] } | null = null;
  return () => {
    const all = secrets();
    if (made?.count !== all.length) made = { count: all.length, forms: secretForms(all) };
    return made.forms;
  };
}

function formsOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [
    secret,
    ...lines.filter((line) => line.length >= shortestLine),
    // Git's authorization is the base64 of `x-access-token:` and a token, and ends with this: 15 bytes come before it.
    base64(secret),
    encodeURIComponent(secret.toWellFormed()),
  ];
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Text with every known form overwritten by stars, those that overlap too. `forms`: of `secretForms`. */
export function maskText(text: string, forms: readonly string[]): string {
  let masked = text;
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      masked = masked.slice(0, at) + '*'.repeat(form.length) + masked.slice(at + form.length);
    }
  }
  return masked;
}
