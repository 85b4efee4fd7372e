import { writeFileSync } from "node:fs";
import { renderErrorsPage } from "./docs-page.ts";

/** Rewrites docs/errors.md from the catalogue: `node shared/errors/write-docs.ts`. */
writeFileSync(new URL("../../docs/errors.md", import.meta.url), renderErrorsPage());
