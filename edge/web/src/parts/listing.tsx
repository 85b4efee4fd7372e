import type { ComponentChildren } from "preact";
import { Failure } from "./failure.tsx";
import "./listing.css";
import type { Paged } from "./paged.ts";
import { Pager } from "./pager.tsx";
import { Skeleton } from "./skeleton.tsx";
import { type Column, Table } from "./table.tsx";

interface ListingProps<Item> {
  label: string;
  paged: Paged<Item>;
  columns: readonly Column<Item>[];
  keyOf: (item: Item) => string;
  /** What stands there where there is nothing. */
  empty: ComponentChildren;
}

/** A list in a panel with its pages, and with all that may be in its place: what failed, what is coming, what is not there. */
export function Listing<Item>({ label, paged, columns, keyOf, empty }: ListingProps<Item>) {
  const { items, error, isStale, refetch } = paged;
  if (items === undefined && error !== null) return <Failure error={error} onRetry={refetch} />;
  return (
    <>
      {error === null ? null : <Failure error={error} onRetry={refetch} />}
      <section class="panel listing" aria-label={label}>
        {items === undefined ? (
          <div class="listing-wait">
            <Skeleton lines={6} />
          </div>
        ) : items.length === 0 ? (
          empty
        ) : (
          <Table label={label} columns={columns} rows={items} keyOf={keyOf} busy={isStale} />
        )}
      </section>
      <Pager {...paged} />
    </>
  );
}
