import "./checks.css";

interface ChecksProps<Value extends string> {
  legend: string;
  choices: readonly { readonly value: Value; readonly label: string }[];
  chosen: ReadonlySet<Value>;
  onChoose: (chosen: ReadonlySet<Value>) => void;
}

/** Any number of a few. */
export function Checks<Value extends string>({ legend, choices, chosen, onChoose }: ChecksProps<Value>) {
  const turn = (value: Value) => {
    const next = new Set(chosen);
    if (!next.delete(value)) next.add(value);
    onChoose(next);
  };
  return (
    <fieldset class="checks">
      <legend>{legend}</legend>
      {choices.map(({ value, label }) => (
        <label key={value}>
          <input type="checkbox" checked={chosen.has(value)} onChange={() => turn(value)} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
