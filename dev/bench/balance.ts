import { measureBalance } from "./balance-reads";
import { runBench } from "./run";

await runBench(["entries", "rounds", "reads"], (bench) => measureBalance(bench, 1_000_000));
