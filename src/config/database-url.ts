/** True for the two names of PostgreSQL's scheme. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** A client would fail on anything else, and would show it. */
export function isWholeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password, pathname } = new URL(text);
  // A lone percent sign stands for nothing.
  return !/%(?![0-9a-f]{2})/i.test(username + password + pathname);
}
