import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Builds the page as `make setup` does, where its sources have changed: once for all files that open it. */
export default function buildPage(): void {
  execFileSync(join(import.meta.dirname, "../../infra/build-page.sh"));
}
