/**
 * What is stored is added up from a row for each file: it is read when the page is opened, and when somebody comes back to
 * it after this long, milliseconds.
 */
export const usageStaleMs = 5 * 60_000;
