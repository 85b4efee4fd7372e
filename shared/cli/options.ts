import type { Command } from "commander";
import { z } from "zod";
import { UsageError } from "./failures.ts";

/**
 * The command's own options and the global ones, by the command's schema.
 * @throws UsageError that names each wrong option.
 */
export function optionsOf<Schema extends z.ZodType>(command: Command, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(command.optsWithGlobals());
  if (result.success) return result.data;
  throw new UsageError("The command line is not valid", {
    errors: result.error.issues.map((issue) => ({ path: flagOf(issue.path), message: issue.message })),
  });
}

function flagOf([name = "", ...rest]: readonly PropertyKey[]): string {
  const kebab = String(name).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [`--${kebab}`, ...rest.map(String)].join(" ");
}

/** Collects an option that may be given again. */
export function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** A whole number as the command line gives it: text. */
export function wholeNumber(min: number, max: number) {
  return z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(min).max(max));
}
