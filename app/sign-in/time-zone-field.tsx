"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};
const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

/** Tells the server the browser's time zone; empty without JavaScript. */
export function TimeZoneField() {
  const zone = useSyncExternalStore(never, browserZone, () => "");
  return <input type="hidden" name="timeZone" value={zone} />;
}
