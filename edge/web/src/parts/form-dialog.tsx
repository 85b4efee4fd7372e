import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Failure } from "./failure.tsx";
import { useAct } from "./use-act.ts";

interface FormDialogProps {
  title: string;
  /** What the button does. */
  act: string;
  /** Closes it where it does not throw. `false` leaves it open: the form itself goes on to something else. */
  onSend: () => Promise<unknown>;
  onClose: () => void;
  /** Something is missing or wrong: it can't be sent yet. */
  incomplete?: boolean;
  /** `danger` for what does harm. */
  tone?: "danger" | "primary";
  children: ComponentChildren;
}

/**
 * A form in a dialog: Enter sends it, and what the API refuses is shown in it. A press beside it throws nothing away, and
 * while it is sent it stays open, since the answer may be a secret that is shown once.
 */
export function FormDialog({
  title,
  act,
  onSend,
  onClose,
  incomplete = false,
  tone = "primary",
  children,
}: FormDialogProps) {
  const id = useId();
  const { busy, error, act: begin } = useAct();
  const send = () =>
    begin(async () => {
      if ((await onSend()) !== false) onClose();
    });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      stays
      busy={busy}
      actions={
        <>
          <Button disabled={busy} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={id} kind={tone} busy={busy} disabled={incomplete}>
            {act}
          </Button>
        </>
      }
    >
      <form
        id={id}
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {children}
      </form>
      {error === null ? null : <Failure error={error} />}
    </Dialog>
  );
}
