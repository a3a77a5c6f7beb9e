/** The classes of navigations. They come from the server, so that no page loads them as a script. */
export const NAV_LOOKS = {
  tabs: {
    className: "flex flex-wrap gap-x-3 border-line border-b min-[23rem]:gap-x-4 sm:gap-x-6",
    linkClassName:
      "group relative -mb-px block whitespace-nowrap border-transparent border-b-2 py-2.5 text-muted text-sm hover:text-ink aria-[current]:border-soft-line aria-[current]:text-ink sm:text-[0.9375rem]",
  },
  sidebar: {
    className: "flex flex-wrap gap-1 lg:flex-col",
    linkClassName:
      "group relative block whitespace-nowrap rounded-control px-2.5 py-1.5 text-muted hover:bg-sunken hover:text-ink aria-[current]:bg-soft aria-[current]:text-ink max-sm:px-2",
  },
} as const;
