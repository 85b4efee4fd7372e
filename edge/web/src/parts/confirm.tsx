import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Failure } from "./failure.tsx";
import { useAct } from "./use-act.ts";

interface ConfirmProps {
  title: string;
  /** What the button does, in the words of the one who presses it. */
  act: string;
  /** The same while it is done: "Replaying…". */
  doing?: string;
  onAct: () => Promise<unknown>;
  onClose: () => void;
  /** `primary` for what does no harm. */
  tone?: "danger" | "primary";
  /** What will follow. */
  children: ComponentChildren;
}

/** Asks before something that can't be taken back, does it, and stays until that has ended: it says where it failed. */
export function Confirm({ title, act, doing = act, onAct, onClose, tone = "danger", children }: ConfirmProps) {
  const { busy, error, act: begin } = useAct();
  const doIt = () => begin(() => onAct().then(onClose));
  return (
    <Dialog
      title={title}
      onClose={onClose}
      busy={busy}
      actions={
        <>
          <Button disabled={busy} onClick={onClose}>
            Cancel
          </Button>
          <Button kind={tone} busy={busy} onClick={() => void doIt()}>
            {busy ? doing : act}
          </Button>
        </>
      }
    >
      <p>{children}</p>
      {error === null ? null : <Failure error={error} />}
    </Dialog>
  );
}
