/** The file in a runner's state that keeps what was proved of its host: runners of one machine may share it. */
export const proofFile = "proof.json";
