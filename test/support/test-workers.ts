import { availableParallelism } from "node:os";

const cores = availableParallelism();

/** How many test files run at once. Most wait for a process of their own, so even two cores have work for three. */
export const testWorkers = Math.max(3, cores - 1);

/** How many that each start a whole stack, and wait for it half of their time. */
export const stackWorkers = Math.min(4, 2 * cores);

/** How many that each drive a browser against a stack: it waits for the stack, and the stack for it. */
export const browserWorkers = Math.min(2, cores);
