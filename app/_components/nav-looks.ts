/**
 * Shows that the next page is on its way. The pages have no loading screens, because those come with content that
 * only JavaScript can reveal, and answer 200 before anybody is sent to sign in.
 */
const PENDING =
  "after:absolute after:top-1 after:right-0 after:size-1.5 after:rounded-full after:bg-soft-line after:opacity-0 after:transition-opacity after:delay-150 data-pending:after:animate-pulse data-pending:after:opacity-100";

/** The classes of navigations. They come from the server, so that no page loads them as a script. */
export const NAV_LOOKS = {
  tabs: {
    className: "flex min-w-max gap-6 border-line border-b",
    linkClassName: `relative -mb-px block whitespace-nowrap border-transparent border-b-2 py-2.5 text-muted hover:text-ink aria-[current]:border-soft-line aria-[current]:text-ink ${PENDING}`,
  },
  sidebar: {
    className: "flex min-w-max gap-1 md:flex-col",
    linkClassName: `relative block whitespace-nowrap rounded-control px-2.5 py-1.5 text-muted hover:bg-sunken hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink ${PENDING}`,
  },
} as const;
