import type { Page } from "@playwright/test";
import { cents } from "../../lib/money/credits";
import { formatCents } from "../../lib/money/format";
import { expectAccessible } from "./accessible";
import { enterDesk } from "./operators";
import { button, confirm, expectPaid, heading, order } from "./pages";
import { expect, test } from "./test";
import { storeAttention, storeEvent } from "./waiting";

// What waits for an operator, what Stripe told us, and where the money is.

test.describe.configure({ timeout: 120_000 }); // Each page is looked at twice by axe.

const link = (page: Page, name: string) => page.getByRole("link", { name, exact: true });

test("an operator goes from Home to what waits, and acknowledges it with the keyboard", async ({
  page,
  context,
  world,
  customer,
}) => {
  const { accountId } = await customer();
  const id = await storeAttention(world, accountId);
  await enterDesk(context, world, await customer());
  await page.goto("/admin");
  await expectAccessible(page);
  const queue = page
    .getByRole("row")
    .filter({ has: link(page, "Needs attention") })
    .first();
  await expect(queue).toContainText("Each item says what to do.");
  await link(page, "Needs attention").first().click();
  await expect(page).toHaveURL("/admin/queues/attention");
  await expectAccessible(page);
  const item = page.locator(`a[href="/admin/attention/${id}"]`);
  await item.focus();
  await page.keyboard.press("Enter");
  await expect(heading(page, "Needs attention")).toBeVisible();
  await expect(page.getByText("refundedCents")).toBeVisible();
  await expectAccessible(page);

  await button(page, "Acknowledge").click();
  await expect(page.getByRole("alert").first()).toContainText("Write what you know about it");
  await expectAccessible(page);
  await page.getByLabel("What you know about it").fill("their bank called");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Acknowledged. It comes back only when")).toBeVisible();
  await page.goto("/admin/queues/attention");
  await expect(item).toHaveCount(0);
  const acts = await world.owner`select reason from operator_acts where account_id = ${accountId}`;
  expect(acts).toMatchObject([{ reason: "their bank called" }]);
});

test("the inbox is narrowed, an event is shown as it came and replayed, and the worker handles it", async ({
  page,
  context,
  world,
  customer,
}) => {
  const id = await storeEvent(world);
  await enterDesk(context, world, await customer());
  await page.goto("/admin/queues/events");
  await expect(page.locator(`a[href="/admin/events/${id}"]`)).toBeVisible();
  await page.goto("/admin/events?state=parked");
  await expectAccessible(page);
  await page.getByLabel("Type").fill("product.created");
  await button(page, "Show").click();
  await expect(page).toHaveURL(/state=parked&type=product\.created/);
  await page.locator(`a[href="/admin/events/${id}"]`).click();
  await expect(heading(page, "product.created")).toBeVisible();
  await expect(page.getByRole("region", { name: "All of the payload" })).toContainText("a\\u{202e}b");
  await expectAccessible(page);
  await page.getByLabel("Why").fill("Stripe answers again");
  await button(page, "Replay the event").click();
  await expect(page.getByText("The event is due again")).toBeVisible();
  await expect
    .poll(async () => {
      const [event] =
        await world.owner`select handled_at is not null as handled from stripe_events where id = ${id}`;
      return event?.handled;
    })
    .toBe(true);
  await page.goto("/admin/events?state=gone&account=x");
  await expect(page.getByText("There is no such state.")).toBeVisible();
  await expectAccessible(page);
});

test("the money of a month has what was bought, and so has its file", async ({
  page,
  context,
  world,
  customer,
}) => {
  await enterDesk(context, world, await customer());
  await order(page, { card: "$500" });
  await confirm(page);
  await expectPaid(page, 64_000_000n);
  await page.goto("/admin/money");
  await expectAccessible(page);
  const [sums] = await world.owner`
    select sum(amount_cents)::text as cents, count(*)::int as orders from order_payments
    where date_trunc('month', paid_at at time zone 'UTC') = date_trunc('month', now() at time zone 'UTC')
      and amount_cents = 50000`;
  const sold = page.getByRole("row").filter({ hasText: "Add-on, bundle usd500" });
  await expect(sold).toContainText(formatCents(cents(BigInt(sums?.cents)), "en-US"));
  const credits = page.getByRole("region", { name: "Credits by month" });
  const [unspent] =
    await world.owner`select sum(remaining_credits + held_credits)::text as credits from current_grants`;
  await expect(credits.locator(`td[data-label="Unspent at its end"]`).first()).toHaveAttribute(
    "data-credits",
    String(unspent?.credits),
  );
  const download = page.waitForEvent("download");
  await link(page, "Download CSV of plans and bundles").click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join("");
  expect(text).toContain(`bundle,usd500,usd,${sums?.orders},${sums?.cents},`);
  await page.goto("/admin/money?month=2020-01");
  await expect(page.getByText("Nothing was sold in this month.")).toBeVisible();
  await expectAccessible(page);
  await page.goto("/admin/money?month=soon");
  await expect(page.getByText("A month looks like 2026-11.")).toBeVisible();
});

test("the reconciliation shows each difference with what to do, and where nothing differs says so", async ({
  page,
  context,
  world,
  customer,
}) => {
  const { accountId } = await customer();
  const line = {
    kind: "second_charge",
    object: "ch_second",
    accountId,
    order: null,
    cents: "50000",
    currency: "usd",
    credits: "0",
    why: "The order was paid by another payment: this one was taken beside it.",
    toDo: "Refund this one in Stripe's dashboard.",
  };
  const result = { totals: { usd: { chargedCents: "50000" } }, lines: [line], notOurs: 0 };
  await world.owner`insert into reconciled_days (day, finished_at, drift, result)
    values ('2020-02-03', now(), 1, ${world.owner.json(result)}) on conflict (day) do nothing`;
  await enterDesk(context, world, await customer());
  await page.goto("/admin/reconciliation?show=differences");
  const day = page.getByRole("region", { name: "Differences of 2020-02-03" });
  await expect(day).toContainText("Refund this one in Stripe's dashboard.");
  await expect(day).toContainText("$500.00");
  await expectAccessible(page);
  const many = Array.from({ length: 60 }, (_, at) => ({ ...line, object: `ch_${at}` }));
  await world.owner`update reconciled_days set drift = 60, result = ${world.owner.json({ ...result, lines: many })}
    where day = '2020-02-03'`;
  await page.reload();
  await expect(day).toContainText("1 to 50 of 60");
  await day.getByRole("link", { name: "Further lines" }).click();
  await expect(day).toContainText("51 to 60 of 60");
  await expect(day.getByText("ch_59")).toBeVisible();
  await expect(day.getByText("ch_49")).toHaveCount(0);
  await expectAccessible(page);
  await world.owner`delete from reconciled_days where day = '2020-02-03'`;
  await page.goto("/admin/reconciliation?show=differences");
  await expect(page.getByText("No day has a difference.")).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("an item is acknowledged and an event replayed by their forms, and what is right again meanwhile is refused", async ({
    page,
    context,
    world,
    customer,
  }) => {
    const { accountId } = await customer();
    const id = await storeAttention(world, accountId);
    await enterDesk(context, world, await customer());
    await page.goto(`/admin/attention/${id}`);
    await page.getByLabel("What you know about it").fill("they know");
    await button(page, "Acknowledge").click();
    await expect(page.getByText("Acknowledged. It comes back only when")).toBeVisible();
    await page.goto(`/admin/attention/${id}`);
    await world.owner`update attention_items set state = 'resolved', resolved_at = now(), acknowledged_at = null where account_id = ${accountId}`;
    await page.getByLabel("What you know about it").fill("again");
    await button(page, "Acknowledge").click();
    await expect(page.getByText("it is right again meanwhile")).toBeVisible();

    const event = await storeEvent(world, { handled: true });
    await page.goto(`/admin/events/${event}`);
    await page.getByLabel("Why").fill("once more");
    await button(page, "Replay the event").click();
    await expect(page.getByText("The event is due again: a worker")).toBeVisible();
  });
});

test("a job's long name is broken after an underscore on Home, never within a word", async ({
  page,
  context,
  world,
  customer,
}) => {
  const name = "sweep_billing_details_notice_expiring_credits_forget_old_rows";
  const [job] = await world.owner<{ id: string }[]>`
    select id::text from graphile_worker.add_job(${name}::text, job_key := 'long-name', max_attempts := 1)`;
  await world.owner`update graphile_worker._private_jobs set attempts = 1, last_error = ${"JobFailed: Error: ".repeat(6)}
    where id = ${job?.id ?? ""}`;
  try {
    await enterDesk(context, world, await customer());
    for (const path of ["/admin", "/admin/queues/jobs"]) {
      await page.goto(path);
      for (const width of [1360, 820, 390]) {
        await page.setViewportSize({ width, height: 900 });
        const shown = page.locator("bdi").filter({ hasText: "sweep_billing_details" }).first();
        expect(await shown.evaluate((element) => element.textContent)).toBe(name);
        const broken = await shown.evaluate((element) => {
          const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          const within: string[] = [];
          for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            const range = document.createRange();
            range.selectNodeContents(text);
            const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
            if (tops.size > 1) within.push(text.textContent ?? "");
          }
          return within;
        });
        expect(broken, `${path} at ${width}`).toEqual([]);
      }
    }
  } finally {
    await world.owner`delete from graphile_worker._private_jobs where id = ${job?.id ?? ""}`;
  }
});
