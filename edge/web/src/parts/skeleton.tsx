import "./skeleton.css";

/** The place of something that is on its way, as large as it will be. */
export function Skeleton({ lines = 1, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} class={`skeleton ${tall ? "tall" : ""}`} />
      ))}
    </div>
  );
}
