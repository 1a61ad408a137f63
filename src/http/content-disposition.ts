/** Longest name, without its extension, in characters: with four bytes each it still fits into a file system. */
const MAX_NAME_CHARS = 60;

/** Names that some systems keep for devices. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A `Content-Disposition` that makes a browser save. The header holds printable ASCII only, whatever the wish (RFC 6266): the
 * full name stands percent-encoded beside its plain form.
 * @param wish any text; control and direction characters, separators and quotes are replaced. Empty: `fallback`
 * @param fallback without extension
 * @param extension of the real type; it replaces a picture's extension in the wish, so that a name never lies about its bytes
 */
export function attachment(wish: string, fallback: string, extension: string): string {
  const name = `${safeName(wish) ?? fallback}.${extension}`;
  const plain = name.replace(/[^\x20-\x7e]/g, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  return `attachment; filename="${plain}"; filename*=UTF-8''${percentEncode(name)}`;
}

function safeName(wish: string): string | undefined {
  // Through bytes, so that half a character becomes a whole replacement.
  const text = Buffer.from(wish.slice(0, 1000))
    .toString('utf8')
    .normalize('NFC')
    .replace(/\.(png|jpe?g|webp|avif|gif)$/i, '')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/["'%\\/:*?<>|;]/g, '_')
    .replace(/\s+/gu, ' ');
  const cut = Array.from(text).slice(0, MAX_NAME_CHARS).join('');
  const name = cut.replace(/^[ .]+|[ .]+$/g, '');
  return name === '' || DEVICES.test(name) ? undefined : name;
}

/** RFC 8187: letters, digits and few signs stand for themselves. */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
