/** One task's part of it. */
export interface TaskSpeed {
  /** In multiples of real time; null while it can't say. */
  readonly note: (speed: number | null) => void;
  readonly close: () => void;
}

/** How fast the tasks of this runner go just now, in multiples of real time. */
export class TaskSpeeds {
  readonly #tasks = new Set<{ readonly format: string; speed: number | null }>();

  open(format: string): TaskSpeed {
    const task: { readonly format: string; speed: number | null } = { format, speed: null };
    this.#tasks.add(task);
    return {
      note: (speed) => {
        task.speed = speed;
      },
      close: () => this.#tasks.delete(task),
    };
  }

  /** Of all that say, together; null where none does. */
  get total(): number | null {
    const speeds = [...this.byFormat().values()];
    return speeds.length === 0 ? null : speeds.reduce((sum, speed) => sum + speed, 0);
  }

  /** The same for each thing that is made. */
  byFormat(): Map<string, number> {
    const speeds = new Map<string, number>();
    for (const { format, speed } of this.#tasks)
      if (speed !== null) speeds.set(format, (speeds.get(format) ?? 0) + speed);
    return speeds;
  }
}
