/** One thing that must hold after the weather, and what speaks against it. */
export interface Check {
  readonly name: string;
  /** How many things were looked at: a check of nothing proves nothing. */
  readonly looked: number;
  readonly findings: readonly string[];
}
