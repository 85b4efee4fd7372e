import { useState } from "preact/hooks";

/** Something that takes its time and may be refused: whether it is under way, why it failed last, and the ways to do it and to forget that. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const act = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (refusal) {
      setError(refusal);
    }
    setBusy(false);
  };
  return { busy, error, act, forget: () => setError(null) };
}
