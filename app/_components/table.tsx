"use client";

import type { ReactNode } from "react";
import { PageLink } from "./page-link";

/** A cell of which only what is particular to it is sent: one text, and what it is. */
export type PlainCell = {
  readonly text: string;
  /** The exact number, where it is one of credits. */
  readonly credits?: string;
  /** The instant, where it is one, and what its text leaves out. */
  readonly at?: string;
  readonly title?: string | undefined;
  /** Somebody else wrote it, in whatever direction and however long. */
  readonly isQuoted?: boolean;
  readonly isMuted?: boolean;
  /** Where it leads. */
  readonly href?: string;
  /** What stands below it, in smaller letters. */
  readonly note?: string | null;
};

export type Cell = ReactNode | PlainCell;

type Props = {
  readonly caption: string;
  readonly headers: readonly string[];
  /** Of each column's cells; empty for none. */
  readonly classNames: readonly string[];
  /** Each row's key, and then its cells. */
  readonly rows: readonly (readonly [string, ...Cell[]])[];
};

/**
 * What of `DataTable` is the same in every row. It runs in the browser so that a page sends rows once as text: elements that
 * the server makes are sent twice, as what is shown and as what React goes on from, and cost the server more than all else.
 *
 * On a phone each row becomes a small list of its columns. The roles are spelled out because browsers forget a table that is
 * not displayed as one.
 */
export function Table({ caption, headers, classNames, rows }: Props) {
  const looks = (column: number) => classNames[column] || undefined;
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    // biome-ignore-start lint/a11y/useSemanticElements: see above
    <table role="table" className="data-table">
      <caption className="sr-only">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {headers.map((header, column) => (
            <th key={header} role="columnheader" scope="col" className={looks(column)}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(([key, ...cells]) => (
          <tr key={key} role="row">
            {cells.map((cell, column) => (
              <td
                key={headers[column]}
                role="cell"
                data-label={headers[column]}
                className={looks(column)}
                data-credits={isPlain(cell) ? cell.credits : undefined}
              >
                {isPlain(cell) ? <Plain {...cell} /> : cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/useSemanticElements: see above
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}

const isPlain = (cell: Cell): cell is PlainCell =>
  typeof cell === "object" && cell !== null && "text" in cell;

function Plain({ text, at, title, isMuted, isQuoted, href, note }: PlainCell) {
  if (note) {
    return (
      <>
        {text}
        <span className="block text-muted text-sm">{note}</span>
      </>
    );
  }
  if (at) {
    return (
      <time dateTime={at} title={title}>
        {text}
      </time>
    );
  }
  if (isMuted) return <span className="text-muted">{text}</span>;
  const shown = isQuoted ? <bdi>{text}</bdi> : text;
  return href ? <PageLink href={href}>{shown}</PageLink> : shown;
}
