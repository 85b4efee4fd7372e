import { availableParallelism } from "node:os";

/** How many test files run at once. Most wait for a process of their own, so even two cores have work for three. */
export const testWorkers = Math.max(3, availableParallelism() - 1);
