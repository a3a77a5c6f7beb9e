/** `Firefox on Linux`, as far as it is known. */
export const placeName = ({
  browser,
  system,
}: {
  readonly browser: string | null;
  readonly system: string | null;
}): string => (system ? `${browser ?? "A browser"} on ${system}` : (browser ?? "An unknown browser"));
