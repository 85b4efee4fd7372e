/** `attachment` with a file name, as RFC 6266 and RFC 8187 write it: an ASCII name for old clients, the true one in UTF-8. */
export function attachment(fileName: string): string {
  const ascii =
    fileName
      .normalize("NFKD")
      .replace(/[^\x20-\x7e]/g, "")
      .replace(/["\\%]/g, "_")
      .trim() || "download";
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extendedValue(fileName)}`;
}

/** RFC 8187 §3.2.1: everything but attr-char is percent-encoded; encodeURIComponent leaves `'()*` alone. */
function extendedValue(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
