import { z } from "zod";

/**
 * What a runner puts around the programs that open users' files, from the strongest down (docs/sandbox.md):
 * `bubblewrap-cgroup` and `bubblewrap` close files, network, processes and system calls, the first with a memory limit that
 * nothing gets round; `landlock` closes them too, without namespaces; `namespaces` closes network and processes; `container`
 * leaves it to the container's own walls; `limits` bounds resources alone; `none`.
 */
export const SandboxRung = z
  .enum(["bubblewrap-cgroup", "bubblewrap", "landlock", "namespaces", "container", "limits", "none"])
  .meta({ id: "SandboxRung" });
export type SandboxRung = z.infer<typeof SandboxRung>;

const prefix = "sandbox:";

/** How a runner announces it, among its capabilities: jobs can be told apart by it, and older control planes pass it on. */
export function sandboxCapability(rung: SandboxRung): string {
  return prefix + rung;
}

/** What a runner announced; null for one that does not know of sandboxes. */
export function sandboxOf(capabilities: readonly string[]): SandboxRung | null {
  const announced = capabilities.find((capability) => capability.startsWith(prefix))?.slice(prefix.length);
  return SandboxRung.safeParse(announced).data ?? null;
}
