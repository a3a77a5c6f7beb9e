import { LinkButton } from "@/app/_components/button";

/** Where a list goes from here; null where it does not. */
export type Turns = {
  readonly newest: string | null;
  readonly older: string | null;
  /** Whether only some of the list was asked for. */
  readonly narrowed?: boolean;
};

type Props = Pick<Turns, "newest" | "older"> & { readonly label: string };

export function PageTurner({ label, newest, older }: Props) {
  if (!newest && !older) return null;
  return (
    <nav aria-label={label} className="mt-4 flex justify-end gap-2">
      {newest && <LinkButton href={newest}>Newest</LinkButton>}
      {older && <LinkButton href={older}>Older</LinkButton>}
    </nav>
  );
}
