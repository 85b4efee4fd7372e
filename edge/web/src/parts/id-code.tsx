import { idEnd } from "./id-end.ts";

/** An id by its end, and whole where it is pointed at. What is no id is shown as it is: a region, a pause's name. */
export function IdCode({ id }: { id: string }) {
  return (
    <code class="small soft" title={id}>
      {isId.test(id) ? idEnd(id) : id}
    </code>
  );
}

const isId = /^[a-z]+_[0-9a-z]{8}/;
