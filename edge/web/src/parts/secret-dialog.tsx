import type { ComponentChildren } from "preact";
import { Button } from "./button.tsx";
import { Code } from "./code.tsx";
import { Dialog } from "./dialog.tsx";

interface SecretDialogProps {
  title: string;
  secret: string;
  /** What the secret is called. */
  label: string;
  onClose: () => void;
  /** It can be shown again. */
  lasting?: boolean;
  /** What to do with it. */
  children: ComponentChildren;
}

/** A secret, as a rule shown this once. A press beside it does not close it. */
export function SecretDialog({ title, secret, label, onClose, lasting = false, children }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      stays
      actions={
        <Button kind="primary" onClick={onClose}>
          {lasting ? "Close" : "I have kept it"}
        </Button>
      }
    >
      <p>{children}</p>
      <Code text={secret} label={label} />
      {lasting ? null : <p class="small soft">It is shown this once, and can't be read again.</p>}
    </Dialog>
  );
}
