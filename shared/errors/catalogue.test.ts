import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCatalogue, errorCodes } from "./catalogue.ts";
import { renderErrorsPage } from "./docs-page.ts";

test("docs/errors.md is the catalogue (else: node shared/errors/write-docs.ts)", () => {
  expect(readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8")).toBe(renderErrorsPage());
});

test("an error that answers a request has a 4xx or 5xx status, one that ends a task has none or both", () => {
  for (const [code, entry] of Object.entries(errorCatalogue)) {
    expect(entry.status === 0 || (entry.status >= 400 && entry.status < 600), code).toBe(true);
    expect(entry.remedy.endsWith("."), code).toBe(true);
  }
});

test("what the input is at fault for is never tried again", () => {
  for (const [code, entry] of Object.entries(errorCatalogue))
    if (entry.fault === "input") expect(entry.retryable, code).toBe(false);
});

test("what tasks end with is every error that answers no request, and those of both kinds", () => {
  const both = errorCodes.filter((code) => errorCatalogue[code].endsTasks && errorCatalogue[code].status !== 0);
  expect(both).toEqual(expect.arrayContaining(["source_forbidden", "asset_failed", "chunk_mismatch"]));
  for (const code of errorCodes) {
    const { status, endsTasks, class: kind } = errorCatalogue[code];
    if (status === 0) expect(endsTasks, code).toBe(true);
    if (kind === "auth") expect(endsTasks, code).toBe(false);
  }
});
