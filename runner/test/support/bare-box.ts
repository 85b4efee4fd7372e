import { dyingWithRunner } from "../../src/box/bare.ts";
import type { Box } from "../../src/box/box.ts";
import { findProgram } from "../../src/box/programs.ts";
import { unconfinedBox } from "../../src/box/unconfined.ts";

const setpriv = findProgram("setpriv");

/** A box that lets programs die with the runner, and nothing else. */
export const bareBox: Box = unconfinedBox(setpriv === null ? [] : dyingWithRunner(setpriv));
