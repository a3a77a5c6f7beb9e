/** How long until then, in whole minutes and never too short. */
export function waitText(until: Date, now: Date = new Date()): string {
  const minutes = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 60_000));
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
