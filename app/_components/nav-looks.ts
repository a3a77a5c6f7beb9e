/** The classes of navigations. They come from the server, so that no page loads them as a script. */
export const NAV_LOOKS = {
  tabs: {
    className: "flex min-w-max gap-5 border-line border-b sm:gap-6",
    linkClassName:
      "group relative -mb-px block whitespace-nowrap border-transparent border-b-2 py-2.5 text-muted hover:text-ink aria-[current]:border-soft-line aria-[current]:text-ink",
  },
  sidebar: {
    className: "flex min-w-max gap-1 md:flex-col",
    linkClassName:
      "group relative block whitespace-nowrap rounded-control px-2.5 py-1.5 text-muted hover:bg-sunken hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink",
  },
} as const;
