/** The BullMQ queue that stands for one region. */
export const queueName = "jobs";

/** BullMQ starts the smallest number first and gives 0 a path of its own; ours is 0 to 100, higher first. */
export function bullPriority(priority: number): number {
  return 101 - priority;
}
