import { tmpdir } from "node:os";
import type { ProofPlace, ProofRoom } from "../../src/hardware/proof-room.ts";
import { bareBox } from "./bare-box.ts";
import { testLimits } from "./box.ts";

/** Proofs without walls around them. */
export const bareProofPlace: ProofPlace = {
  sandbox: { finding: { rung: "none", open: [], refused: [], limits: testLimits }, open: () => bareBox },
  scratchDirectory: tmpdir(),
};

/** For proofs that write nothing. */
export const bareProofRoom: ProofRoom = { box: bareBox, directory: tmpdir() };
