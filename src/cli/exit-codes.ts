/** Exit codes of all commands; docs/cli.md tells them. */
export const EXIT = {
  done: 0,
  /** Refused, wrongly called, or the server is out of reach. */
  failed: 1,
  /** Some of it was done: a row, a cell or a picture is missing. */
  partly: 2,
  interrupted: 130,
  terminated: 143,
} as const;
