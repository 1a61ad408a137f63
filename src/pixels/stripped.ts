/** What may stay in a picture that is stripped. */
export interface StripRules {
  /** Content credentials stay; they are worth nothing once anything else of the file is changed. */
  readonly keepCredentials: boolean;
}

/** A picture without what no pixel needs. */
export interface Stripped {
  readonly bytes: Buffer;
  /** What was left out, in plain words. */
  readonly removed: ReadonlySet<string>;
}
