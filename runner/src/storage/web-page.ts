/** Enough of a file's start to tell a web page. */
export const SNIFFED_BYTES = 512;

const PAGE_TYPES = /^(text\/html|application\/xhtml\+xml)\b/i;
const PAGE_START = /^\uFEFF?\s*(<!doctype html|<html|<head|<script|<body)/i;

/** Whether a file is a web page, by its first bytes; by its declared type too where these begin with a tag. */
export function isWebPage(head: Buffer, contentType: string | null): boolean {
  const text = head.toString("utf8");
  if (PAGE_START.test(text)) return true;
  return PAGE_TYPES.test(contentType ?? "") && /^\uFEFF?\s*</.test(text);
}
