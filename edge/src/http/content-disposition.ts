/** `attachment` with a file name, as RFC 6266 and RFC 8187 write it: an ASCII name for old clients, the true one in UTF-8. */
export function attachment(fileName: string): string {
  return `attachment; filename="${asciiName(fileName)}"; filename*=UTF-8''${extendedValue(fileName)}`;
}

/** What ASCII leaves of the name, without what would end a quoted string; a name of which only the end is left gets a stem. */
function asciiName(fileName: string): string {
  const ascii = fileName
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(/["\\%]/g, "_")
    .trim();
  return ascii === "" || ascii.startsWith(".") ? `download${ascii}` : ascii;
}

/** RFC 8187 §3.2.1: everything but attr-char is percent-encoded; encodeURIComponent leaves `'()*` alone. */
function extendedValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
