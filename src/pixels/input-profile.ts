/** Bytes of an ICC profile's header; its tags follow. */
const HEADER_BYTES = 128;
/** Real RGB profiles have up to some hundred kilobytes. */
const MAX_PROFILE_BYTES = 2 * 1024 * 1024;

/** True for a profile that describes RGB or grey pixels and agrees with itself about its length. */
export function isSaneProfile(icc: Uint8Array): boolean {
  if (icc.length < HEADER_BYTES || icc.length > MAX_PROFILE_BYTES) return false;
  const profile = Buffer.from(icc.buffer, icc.byteOffset, icc.byteLength);
  return (
    profile.toString('latin1', 36, 40) === 'acsp' &&
    profile.readUInt32BE(0) <= profile.length &&
    ['RGB ', 'GRAY'].includes(profile.toString('latin1', 16, 20))
  );
}

/** True when the profile calls itself sRGB, in either of the two ways that profiles write names. */
export function isSrgbProfile(icc: Uint8Array): boolean {
  const text = Buffer.from(icc.buffer, icc.byteOffset, icc.byteLength).toString('latin1');
  return text.includes('sRGB') || text.includes('s\0R\0G\0B');
}
