/** What a handler answers; the transport adds quota, request id and the faults. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const documentation = 'https://docs.github.com/rest';

export function json(data: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(data),
  };
}

/** An error in GitHub's form. */
export function problem(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return json({ message, documentation_url: documentation, status: String(status) }, status, headers);
}

/** Ends a handler with an answer that is not the usual one. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answered ${answer.status}`);
    this.answer = answer;
  }
}

export const notFound = (): Refusal => new Refusal(problem(404, 'Not Found'));
