import { type ErrorEntry, errorCatalogue } from "./catalogue.ts";

const introduction = `# Errors

Every error that leaves Reelway has one of these codes. An HTTP answer carries it in problem details (RFC 9457,
\`application/problem+json\`) as \`code\`, with the remedy and the request id; a job that failed carries it in \`error.code\`,
with ffmpeg's own reason. Codes are never renamed or used again. The page is made from \`shared/errors/catalogue.ts\`.

| code | status | class | fault of | tried again | what it means | what to do |
| --- | --- | --- | --- | --- | --- | --- |
`;

/** The page of all errors, as docs/errors.md holds it. */
export function renderErrorsPage(): string {
  const row = ([code, entry]: [string, ErrorEntry]) =>
    `| \`${code}\` | ${entry.status || "–"} | ${entry.class} | ${entry.fault} | ${entry.retryable ? "yes" : "no"} | ${entry.title} | ${entry.remedy} |\n`;
  return introduction + Object.entries(errorCatalogue).map(row).join("");
}
