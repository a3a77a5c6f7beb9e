import { nextRenewal } from "../control/clock-api";
import type { Core } from "../core";
import { monthsAfter } from "../months";
import { type Html, html } from "./html";

const HOUR_MS = 3600 * 1000;

/** What time it is in the simulator, and the buttons that move it. */
export function clockSection(core: Core): Html {
  const now = new Date(core.now());
  const next = nextRenewal(core);
  const offset = core.offsetMs();
  return html`<div class="card"><p>In here it is <strong>${shownTime(now)} UTC</strong>${
    offset !== 0 && html`, ${apart(offset)} than on the wall`
  }.${next !== null && html` The next renewal is at ${shownTime(new Date(next * 1000))}.`}</p>
<div class="actions">
${move("+1 hour", "advanceMs", HOUR_MS)}
${move("+1 day", "advanceMs", 24 * HOUR_MS)}
${move("+1 week", "advanceMs", 7 * 24 * HOUR_MS)}
${move("+1 month", "to", Math.floor(monthsAfter(now, 1).getTime() / 1000))}
${next !== null && move("To a minute before the next renewal", "to", next - 60)}
${next !== null && move("Past the next renewal (2 h)", "to", next + 7200)}
</div>
<form method="post" action="/_sim/clock" class="fields"><div><label for="at">Any instant (UTC)</label>
<input id="at" name="at" type="datetime-local" step="1" required value="${now.toISOString().slice(0, 19)}"></div>
<div><button>Move the clock</button></div></form></div>`;
}

function move(text: string, name: "advanceMs" | "to", value: number): Html {
  return html`<form method="post" action="/_sim/clock"><input type="hidden" name="${name}" value="${value}"><button class="quiet">${text}</button></form>`;
}

function apart(offsetMs: number): string {
  const hours = Math.abs(offsetMs) / HOUR_MS;
  const amount = hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  return `${amount} ${offsetMs > 0 ? "later" : "earlier"}`;
}

function shownTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}
