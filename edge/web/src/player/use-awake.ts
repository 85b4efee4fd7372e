import { useEffect, useRef, useState } from "preact/hooks";

/** Whether the pointer moved lately: what lies over the film goes when it rests. */
export function useAwake(restMs: number): { awake: boolean; wake: () => void } {
  const [awake, setAwake] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const wake = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAwake(false), restMs);
    setAwake(true);
  };
  return { awake, wake };
}
