/** What authenticates requests and git. Absent: anonymous. */
export interface Credential {
  /** The token itself, as of now (an App's installation token is renewed when it is about to end). Secret. */
  token(): Promise<string>;
  /** What stored answers are keyed by: changes with the rights, never holds the secret. */
  readonly fingerprint: string;
}
