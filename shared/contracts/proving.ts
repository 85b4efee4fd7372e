/**
 * How a runner announces, in the place of its capabilities, that it is still finding out what its host can do. It is in the
 * fleet by then, and takes nothing.
 */
export const provingCapability = "proving";

/** Its labels are known by then, and nothing else of what it can do. */
export function isProving({ capabilities }: { readonly capabilities: readonly string[] }): boolean {
  return capabilities.includes(provingCapability);
}
