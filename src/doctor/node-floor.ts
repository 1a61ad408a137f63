/** The oldest Node.js that the gateway runs on, as `engines` of package.json has it. */
export const NODE_FLOOR = '20.19';

/** @param version such as `v22.1.0` */
export function satisfiesFloor(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = NODE_FLOOR.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
