import { useEffect, useRef } from "preact/hooks";
import type { Bar } from "./gantt-rows.ts";
import { partKind } from "./part-name.ts";

interface GanttTrackProps {
  bars: readonly Bar[];
  height: number;
  laneHeight: number;
  from: number;
  length: number;
  shown: string | null;
  /** The one bar of the whole timeline that Tab comes to. */
  tabStop: string | null;
  labelOf: (bar: Bar) => string;
  onShow: (bar: Bar) => void;
  onMove: (bar: Bar, step: number) => void;
}

const moves: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** One runner's work over the time of the job. */
export function GanttTrack({
  bars,
  height,
  laneHeight,
  from,
  length,
  shown,
  tabStop,
  labelOf,
  onShow,
  onMove,
}: GanttTrackProps) {
  return (
    <div class="gantt-track" style={{ height: `${height}px` }}>
      {bars.map((bar) => (
        <GanttBar
          key={bar.key}
          bar={bar}
          label={labelOf(bar)}
          focused={bar.key === shown}
          inTabOrder={bar.key === tabStop}
          style={{
            left: `${((bar.from - from) * 100) / length}%`,
            width: `${((bar.to - bar.from) * 100) / length}%`,
            top: `${bar.lane * laneHeight + 2}px`,
          }}
          onShow={() => onShow(bar)}
          onMove={(step) => onMove(bar, step)}
        />
      ))}
    </div>
  );
}

interface GanttBarProps {
  bar: Bar;
  label: string;
  focused: boolean;
  inTabOrder: boolean;
  style: Record<string, string>;
  onShow: () => void;
  onMove: (step: number) => void;
}

function GanttBar({ bar, label, focused, inTabOrder, style, onShow, onMove }: GanttBarProps) {
  const ref = useRef<HTMLButtonElement>(null);
  // Arrows move the focus; pointing at a bar leaves it where it is.
  useEffect(() => {
    if (focused && document.activeElement?.classList.contains("gantt-bar")) ref.current?.focus();
  }, [focused]);
  const { task, hedge, ended } = bar;
  const marks = [
    ended?.outcome ?? task.state,
    partKind(task.part),
    hedge && "hedge",
    (ended?.attempt ?? task.attempt) > 1 && "again",
  ];
  return (
    <button
      ref={ref}
      type="button"
      class={`gantt-bar ${marks.filter(Boolean).join(" ")}`}
      style={style}
      aria-label={label}
      tabIndex={inTabOrder ? 0 : -1}
      onPointerEnter={onShow}
      onFocus={onShow}
      onClick={onShow}
      onKeyDown={(event) => {
        const step = moves[event.key];
        if (step === undefined) return;
        event.preventDefault();
        onMove(step);
      }}
    />
  );
}
