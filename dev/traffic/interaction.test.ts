import { describe, expect, it } from "vitest";
import {
  type Interaction,
  MEAN_INTERACTION_CREDITS,
  meanPauseMs,
  sampleCredits,
  sampleInteraction,
  samplePause,
  seededRandom,
} from "./interaction";

const MANY = 20_000;
const many = <T>(sample: (random: () => number) => T, seed = 1): T[] => {
  const random = seededRandom(seed);
  return Array.from({ length: MANY }, () => sample(random));
};
const quantile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;
const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
const shareOf = (all: readonly Interaction[], holds: (each: Interaction) => boolean) =>
  all.filter(holds).length / all.length;

describe("the demo's traffic", () => {
  it("is the same for the same seed, and another for another", () => {
    const first = many(sampleInteraction);
    expect(many(sampleInteraction)).toEqual(first);
    expect(many(sampleInteraction, 2)).not.toEqual(first);
  });

  it("has lognormal costs: the median is where it should be, and the tail is long", () => {
    const costs = many((random) => sampleCredits(random, 2_000, 1));
    expect(quantile(costs, 0.5)).toBeGreaterThan(1_900);
    expect(quantile(costs, 0.5)).toBeLessThan(2_100);
    // Of a lognormal with spread 1: one sigma up is e times the median, the 99th percentile 10 times.
    expect(quantile(costs, 0.841) / 2_000).toBeCloseTo(Math.E, 0);
    expect(quantile(costs, 0.99) / 2_000).toBeGreaterThan(9);
    expect(quantile(costs, 0.99) / 2_000).toBeLessThan(12);
    expect(Math.min(...many((random) => sampleCredits(random, 1, 3)))).toBe(1);
    expect(costs.every(Number.isSafeInteger)).toBe(true);
  });

  it("has pauses as of independent customers", () => {
    const pauses = many((random) => samplePause(random, 1_000));
    expect(mean(pauses)).toBeGreaterThan(970);
    expect(mean(pauses)).toBeLessThan(1_030);
    expect(quantile(pauses, 0.5) / 1_000).toBeCloseTo(Math.LN2, 1);
  });

  it("calls models for about 2,000 credits, and an interaction costs what its pace is counted with", () => {
    const all = many(sampleInteraction);
    const median = quantile(
      all.map(({ call }) => call.credits),
      0.5,
    );
    expect(median).toBeGreaterThan(1_800);
    expect(median).toBeLessThan(2_300);
    const costs = all.map(
      ({ call, spends }) => call.credits + spends.reduce((sum, each) => sum + each.credits, 0),
    );
    expect(mean(costs) / MEAN_INTERACTION_CREDITS).toBeGreaterThan(0.9);
    expect(mean(costs) / MEAN_INTERACTION_CREDITS).toBeLessThan(1.1);
  });

  it("captures mostly less than was held, sometimes all, sometimes more; some calls fail", () => {
    const all = many(sampleInteraction);
    expect(shareOf(all, ({ call }) => call.credits < call.heldCredits)).toBeGreaterThan(0.75);
    expect(shareOf(all, ({ call }) => call.credits === call.heldCredits)).toBeGreaterThan(0.05);
    expect(shareOf(all, ({ call }) => call.credits > call.heldCredits)).toBeGreaterThan(0.03);
    expect(shareOf(all, ({ call }) => call.fails)).toBeGreaterThan(0.02);
    expect(shareOf(all, ({ asksAgain }) => asksAgain)).toBeGreaterThan(0.01);
    expect(shareOf(all, ({ overreaches }) => overreaches)).toBeGreaterThan(0.003);
    const used = all.flatMap(({ call, spends }) => [call, ...spends]);
    expect(new Set(used.map((each) => each.category)).size).toBe(3);
    expect(new Set(used.map((each) => each.resource)).size).toBe(7);
  });

  it("leaves most of a balance after a night, however large it is, and is never faster than it should be", () => {
    for (const balance of [2_000_000, 24_000_000, 40_000_000, 900_000_000]) {
      let left = balance;
      for (let ms = 0; ms < 12 * 3_600_000; ) {
        const pause = meanPauseMs(left);
        ms += pause;
        left -= MEAN_INTERACTION_CREDITS;
      }
      expect(left / balance).toBeGreaterThan(0.55);
      expect(meanPauseMs(balance)).toBeGreaterThanOrEqual(6_000);
    }
    expect(meanPauseMs(0)).toBe(600_000);
  });
});
