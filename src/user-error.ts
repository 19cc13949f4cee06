/**
 * Something that the user can mend: told as one sentence, without a stack, naming the thing, the value found
 * and the way out. `exitCode` is 2 (configuration, usage) unless the kind of trouble says otherwise.
 */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
