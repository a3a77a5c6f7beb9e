import { LinkButton } from "@/app/_components/button";

/** Where a list goes from here; null where it does not. */
export type Turns = { readonly newest: string | null; readonly older: string | null };

export function PageTurner({ label, newest, older }: Turns & { readonly label: string }) {
  if (!newest && !older) return null;
  return (
    <nav aria-label={label} className="mt-4 flex justify-end gap-2">
      {newest && <LinkButton href={newest}>Newest</LinkButton>}
      {older && <LinkButton href={older}>Older</LinkButton>}
    </nav>
  );
}
