import type { Runner } from "@reelway/shared/contracts/runner";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { tell } from "../../parts/toast.tsx";
import { useLookOnly } from "../look-only.tsx";
import { ChangeRunnerDialog } from "./change-runner-dialog.tsx";

/** Drain and resume, and on its own page change and revoke, each after a question. */
export function RunnerActions({ runner, whole = false }: { runner: Runner; whole?: boolean }) {
  const queries = useQueryClient();
  const lookOnly = useLookOnly();
  const [open, setOpen] = useState<"change" | "drain" | "resume" | "revoke" | null>(null);
  const { id, name, state, drainedAt, activeTasks } = runner;
  if (state === "revoked" || lookOnly !== undefined) return null;
  const act = async (call: () => Promise<unknown>, said: string) => {
    await call();
    await queries.invalidateQueries({ queryKey: ["runners"] });
    tell(said, id);
  };
  const unseen = <span class="unseen"> {name}</span>;
  return (
    <>
      {drainedAt === null ? (
        <Button small icon="pause" onClick={() => setOpen("drain")}>
          Drain{unseen}
        </Button>
      ) : (
        <Button small icon="play" onClick={() => setOpen("resume")}>
          Resume{unseen}
        </Button>
      )}
      {whole ? (
        <Button small onClick={() => setOpen("change")}>
          Change{unseen}
        </Button>
      ) : null}
      {whole ? (
        <Button small kind="danger" onClick={() => setOpen("revoke")}>
          Revoke{unseen}
        </Button>
      ) : null}
      {open === "change" ? <ChangeRunnerDialog runner={runner} onClose={() => setOpen(null)} /> : null}
      {open === "drain" ? (
        <Confirm
          title={`Drain ${name}?`}
          act="Drain it"
          onClose={() => setOpen(null)}
          onAct={() => act(() => client.runners.drain(id), `${name} takes nothing new.`)}
        >
          {activeTasks > 0 ? `It ends the ${taskCount(activeTasks)} that it has, and` : "It"} takes nothing new until it
          is resumed. It is told within 30 seconds.
        </Confirm>
      ) : null}
      {open === "resume" ? (
        <Confirm
          title={`Let ${name} work again?`}
          act="Resume it"
          tone="primary"
          onClose={() => setOpen(null)}
          onAct={() => act(() => client.runners.resume(id), `${name} takes work again.`)}
        >
          It takes what waits within 30 seconds.
        </Confirm>
      ) : null}
      {open === "revoke" ? (
        <Confirm
          title={`Revoke ${name}?`}
          act="Revoke it"
          onClose={() => setOpen(null)}
          onAct={() => act(() => client.runners.revoke(id), `${name} is revoked.`)}
        >
          Its credential is taken back for good, and what it has goes to others at once. To come back, the host needs a
          new registration token and an empty state directory.
        </Confirm>
      ) : null}
    </>
  );
}

function taskCount(count: number): string {
  return count === 1 ? "task" : `${count} tasks`;
}
