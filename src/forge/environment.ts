/** `process.env`, or what a test has in its place. */
export type Environment = Readonly<Record<string, string | undefined>>;
