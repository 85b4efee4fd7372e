/** A reason, in words for the person at the terminal, why the stack can't start or go on. Shown without a stack trace. */
export class StackFailure extends Error {
  override readonly name = "StackFailure";
}

/** What to print about an error: the sentence of a StackFailure, everything of a surprise. */
export function describeFailure(error: unknown): string {
  if (error instanceof StackFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
