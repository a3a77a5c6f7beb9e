import type { Core } from "../core";
import { settleDebit } from "../objects/debits";
import { authenticate } from "../pages/bank-page";
import { showControl } from "../pages/control-page";
import { type PageAnswer, redirect } from "../pages/html";
import type { Worlds } from "../worlds";
import { moveClock, pendingJobs, readClock } from "./clock-api";
import { API_FAULTS, type FaultKind, type FaultRequest, WEBHOOK_FAULTS } from "./faults";
import { switchKey } from "./key-api";
import { answerPlanSwitch } from "./plan-switches";
import { answerReturnSwitch } from "./return-switches";
import { answerTraffic } from "./traffic-api";

type Fields = Record<string, unknown>;
export type ControlCall = { method: string; path: string; contentType: string; body: string };

/** The simulator's own API. Forms get a redirect back to the control page, everybody else JSON. */
export async function answerControl(worlds: Worlds, call: ControlCall): Promise<PageAnswer> {
  const isForm = call.contentType.startsWith("application/x-www-form-urlencoded");
  if (call.path === "/_sim" && call.method === "GET") return showControl(worlds.first.core);
  let fields: Fields;
  try {
    fields = isForm
      ? Object.fromEntries(new URLSearchParams(call.body))
      : call.body
        ? JSON.parse(call.body)
        : {};
  } catch {
    return json(400, { error: "the body is not JSON" });
  }
  const answer = await respond(worlds, call, fields);
  return isForm && answer.status === 200 ? redirect("/_sim") : answer;
}

async function respond(worlds: Worlds, { method, path }: ControlCall, fields: Fields): Promise<PageAnswer> {
  const { core } = worlds.first;
  const whose = worlds.holding(path.split("/")[3] ?? "").core;
  const intent = /^\/_sim\/(?:payment_intents|setup_intents)\/([^/]+)\/authenticate$/.exec(path)?.[1];
  if (method === "POST" && intent) {
    if (fields.result !== "approve" && fields.result !== "fail")
      return json(400, { error: "result: approve or fail" });
    const after = authenticate(whose, intent, fields.result === "approve");
    return after ? json(200, after) : json(404, { error: "no such intent" });
  }
  const debit = /^\/_sim\/payment_intents\/([^/]+)\/settle$/.exec(path)?.[1];
  if (method === "POST" && debit) {
    const { result } = fields;
    if (result !== "paid" && result !== "failed") return json(400, { error: "result: paid or failed" });
    whose.perform((work) => settleDebit(work, debit, result));
    const after = whose.store.get("payment_intent", debit);
    return after ? json(200, after) : json(404, { error: "no such intent" });
  }
  const traffic = answerTraffic(worlds.switches, `${method} ${path}`, fields);
  if (traffic) return json(traffic.status, traffic.body);
  const turned =
    method === "POST"
      ? (answerPlanSwitch(whose, path, fields) ?? answerReturnSwitch(whose, path, fields))
      : null;
  if (turned) return json(turned.status, turned.body);
  switch (`${method} ${path}`) {
    case "GET /_sim/health":
      return json(200, {
        ok: true,
        customers: core.store.count("customer"),
        events: core.store.count("event"),
      });
    case "GET /_sim/clock":
      return json(200, readClock(core));
    case "POST /_sim/clock": {
      const moved = await moveClock(core, worlds, fields);
      return json(moved.status, moved.body);
    }
    case "GET /_sim/jobs":
      return json(200, { jobs: pendingJobs(core) });
    case "GET /_sim/faults":
      return json(200, { faults: core.faults.list() });
    case "POST /_sim/faults":
      return addFault(core, fields);
    case "DELETE /_sim/faults":
    case "POST /_sim/faults/clear":
      core.faults.clear(typeof fields.id === "string" ? fields.id : undefined);
      return json(200, { faults: core.faults.list() });
    case "GET /_sim/keys":
      return json(200, { keys: worlds.switches.keys.list() });
    case "POST /_sim/keys": {
      const switched = switchKey(worlds.switches.keys, fields);
      return json(switched.status, switched.body);
    }
    case "GET /_sim/requests":
      return json(200, { requests: [...core.requests].reverse() });
    case "GET /_sim/deliveries":
      return json(200, { deliveries: core.store.list("delivery") });
    case "POST /_sim/webhooks/release":
      return json(200, {
        released: worlds.all().reduce((sum, { deliveries }) => sum + deliveries.release(), 0),
      });
    case "POST /_sim/webhooks/redeliver":
      return worlds.holding(String(fields.eventId)).deliveries.redeliver(String(fields.eventId))
        ? json(200, { ok: true })
        : json(404, { error: "no such event" });
    case "POST /_sim/reset":
      await worlds.reset();
      return json(200, { ok: true });
    default:
      return json(404, { error: `nothing at ${method} ${path}` });
  }
}

function addFault(core: Core, fields: Fields): PageAnswer {
  const kind = fields.kind === "slow" ? "slow_before" : fields.kind;
  const known: readonly string[] = [...API_FAULTS, ...WEBHOOK_FAULTS];
  if (typeof kind !== "string" || !known.includes(kind))
    return json(400, { error: `kind: one of ${known.join(", ")}` });
  const match = (fields.match ?? fields) as Record<string, string>;
  const request: FaultRequest = {
    kind: kind as FaultKind,
    match: { method: match.method, pathPattern: match.pathPattern, type: match.type },
  };
  for (const name of ["times", "ms", "count"] as const) {
    const value = fields[name];
    if (value === undefined || value === "" || value === "forever" || value === null) continue;
    const number = Number(value);
    if (!Number.isInteger(number) || number < 0) return json(400, { error: `${name}: a whole number` });
    request[name] = number;
  }
  return json(200, core.faults.add(request));
}

function json(status: number, body: unknown): PageAnswer {
  return { status, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}
