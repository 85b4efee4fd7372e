import "./progress.css";

interface ProgressProps {
  /** 0 to 100; null while nobody knows. */
  percent: number | null;
  label: string;
  tone?: "accent" | "good" | "bad" | "still";
}

export function Progress({ percent, label, tone = "accent" }: ProgressProps) {
  return (
    <div
      class={`progress ${tone}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { "aria-valuenow": Math.round(percent) })}
    >
      <div class="progress-done" style={{ transform: `scaleX(${(percent ?? 0) / 100})` }} />
    </div>
  );
}
