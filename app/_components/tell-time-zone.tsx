import { readToldZone, zoneCookieName } from "@/lib/auth/told-zone";
import { BrowserZone } from "./browser-zone";

/** Keeps the browser's time zone where the server finds it with the next request. */
export const TellTimeZone = async ({ isFollowed }: { readonly isFollowed: boolean }) => (
  <BrowserZone cookie={zoneCookieName()} known={await readToldZone()} isFollowed={isFollowed} />
);
