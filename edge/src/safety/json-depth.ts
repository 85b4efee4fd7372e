const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON text nests deeper than `limit`, read in one pass without building anything, and no further than it must:
 * parsers, and all that walks their result, may rely on a bound. What is wrong with text that is no JSON, the parser says.
 */
export function nestsDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (isOpening(code)) {
      if (++depth > limit) return true;
    } else if (isClosing(code)) depth--;
  }
  return false;
}

/** `[` or `{` */
function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

/** `]` or `}` */
function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}
