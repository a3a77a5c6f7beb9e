import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import { connect } from "../../db/client";
import { API_SCOPES, createApiKey } from "../../lib/auth/api-keys";
import { toPublicId } from "../../lib/ids";
import { always, percentile, type Report } from "../bench/report";
import { type Bench, runBench } from "../bench/run";
import { buildIfStale } from "../build";
import { type Customer, makeCustomer } from "../e2e/customers";
import { factsOf } from "../e2e/facts";
import { cookieOf } from "../e2e/session";
import { randomOf } from "../simulation/random";
import { buy } from "./buyers";
import { insist } from "./patience";
import { type Processes, startProcesses, VICTIMS } from "./processes";
import { spend } from "./spenders";
import { makeSubscriber } from "./subscribers";
import { countRefunds, judge, type Refunds, SETTLED_WITHIN_MS, type Spender, untilSettled } from "./verdict";

const BUYERS = 4;
const SPENDERS = 2;
const SUBSCRIBERS = 3;
const MAX_KILLS = 3;
/** Of a round: so long at most until the next is killed, and until nothing new is begun. */
const MAX_PAUSE_MS = 2_500;

type Round = {
  readonly killed: string;
  readonly purchases: number;
  readonly spends: number;
  readonly seconds: number;
  /** What was the last to be settled, empty where nothing waited. */
  readonly last: string;
};
type Person = { readonly customer: Customer; readonly cookie: string };

/** Everything that goes on while processes are killed, in rounds. */
type Scene = Processes & {
  readonly db: ReturnType<typeof connect>;
  readonly stripe: Stripe;
  readonly key: string;
  readonly buyers: readonly Person[];
  readonly spenders: readonly Spender[];
  readonly seed: number;
};

async function openScene(bench: Bench, seed: number): Promise<Scene> {
  await buildIfStale();
  bench.progress("Starting the processes …");
  const processes = await startProcesses(bench);
  const { stack } = processes;
  const { hostname: host, port } = new URL(stack.simulator.url);
  const stripe = new Stripe("sk_test_demo", { host, port, protocol: "http", telemetry: false });
  const db = connect(stack.appDatabaseUrl, { max: 3, applicationName: "kill" });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  const made = await createApiKey(db, { name: "kill", scopes: API_SCOPES, onlyAccountId: null });
  if (!made.ok) throw new Error(`no key: ${made.error.code}`);
  const facts = factsOf(stack);
  const buyers: Person[] = [];
  while (buyers.length < BUYERS) {
    const customer = await makeCustomer(db, stripe, {});
    buyers.push({ customer, cookie: await cookieOf(facts, customer) });
  }
  const spenders: Spender[] = [];
  while (spenders.length < SPENDERS) {
    const { accountId } = await makeCustomer(db, stripe, { cards: [] });
    spenders.push({ accountId, credits: 0n, spends: 0 });
  }
  for (let made = 0; made < SUBSCRIBERS; made += 1) await makeSubscriber(db, stripe);
  return { ...processes, db, stripe, key: made.value.key, buyers, spenders, seed };
}

/** Kills one to three of them while everybody is at work, then lets what was begun end. */
async function playRound(
  scene: Scene,
  number: number,
): Promise<Round & { readonly wrong: readonly string[] }> {
  const random = randomOf(scene.seed, "round", number);
  let over = false;
  const stopped = () => over;
  scene.tellOperator("go on");
  const appUrl = scene.stack.url;
  const buying = scene.buyers.map(({ cookie }, index) =>
    buy({ ...scene, appUrl, cookie, random: randomOf(scene.seed, number, "buyer", index), stopped }),
  );
  const spending = scene.spenders.map(async (spender, index) => {
    const account = toPublicId("account", spender.accountId);
    const chance = randomOf(scene.seed, number, "spender", index);
    const spent = await spend({ ...scene, account, random: chance, stopped });
    spender.credits += spent.credits;
    spender.spends += spent.spends;
    return spent.spends;
  });
  const killed = random.shuffled(VICTIMS).slice(0, 1 + random.whole(MAX_KILLS));
  for (const victim of killed) {
    await sleep(random.between(0, MAX_PAUSE_MS));
    await scene.kill(victim);
  }
  await sleep(random.between(0, MAX_PAUSE_MS / 2));
  await scene.startAgain();
  await sleep(random.between(0, MAX_PAUSE_MS));
  over = true;
  scene.tellOperator("rest");
  const [purchases, spends] = [sum(await Promise.all(buying)), sum(await Promise.all(spending))];
  const { seconds, last, stuck } = await untilSettled(scene.db);
  const wrong = [...stuck, ...(await insist(() => judge(scene.db, scene.stripe, scene.spenders)))];
  return { killed: killed.join(", "), purchases, spends, seconds, last: last.join(", "), wrong };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

function report(rounds: readonly Round[], wrong: readonly string[], refunds: Refunds, seed: number): Report {
  const seconds = rounds.map((each) => each.seconds);
  const late = rounds.filter((each) => each.seconds * 1_000 > SETTLED_WITHIN_MS).length;
  return {
    bench: "kill",
    tables: [
      {
        title: "Killed with -9 at random while customers buy, an assistant spends and an operator refunds",
        columns: [
          { title: "rounds" },
          { title: "purchases" },
          { title: "spends" },
          { title: "refunds of orders" },
          { title: "of invoices" },
          { title: "settled after, p50, s", decimals: 1 },
          { title: "longest, s", decimals: 1 },
        ],
        rows: [
          [
            rounds.length,
            sum(rounds.map((each) => each.purchases)),
            sum(rounds.map((each) => each.spends)),
            refunds.orders,
            refunds.invoices,
            percentile(seconds, 50),
            Math.max(...seconds),
          ],
        ],
      },
    ],
    goals: [
      always("wrong: drift, double charges, double refunds, lost orders or spends", [wrong.length], 0, ""),
      always(`rounds with anything unsettled after ${SETTLED_WITHIN_MS / 1_000} s`, [late], 0, ""),
    ],
    figures: { seed, rounds },
  };
}

await runBench(["rounds", "seed"], async (bench) => {
  const seed = bench.number("seed", 1 + (Date.now() % 1_000_000));
  const count = bench.number("rounds", 20);
  const scene = await openScene(bench, seed);
  const rounds: Round[] = [];
  const wrong: string[] = [];
  for (let number = 1; number <= count && wrong.length === 0; number += 1) {
    const { wrong: found, ...round } = await playRound(scene, number);
    rounds.push(round);
    wrong.push(...found);
    bench.progress(
      `Round ${number} of ${count}: ${round.killed}; ${round.purchases} purchases, ${round.spends} spends, settled after ${round.seconds.toFixed(1)} s${round.last && `, last ${round.last}`}`,
    );
  }
  const refunds = await insist(() => countRefunds(scene.db));
  for (const [what, count] of Object.entries(refunds))
    if (count === 0) wrong.push(`the operator refunded no ${what} in all that time`);
  for (const each of wrong.slice(0, 20)) bench.progress(`wrong: ${each}`);
  if (wrong.length > 0) {
    bench.progress(
      `Run it again with --seed ${seed}: the same are killed in the same order, if not to the millisecond.`,
    );
    process.exitCode = 1;
  }
  return report(rounds, wrong, refunds, seed);
});
