// `npm run test:attacks`: the attacks on every entrance, with three times as many forms at once as in `npm test`.

process.env.ATTACKS_AT_ONCE ||= "30";
process.argv.splice(2, 0, "dev/e2e/attacks");
await import("../run");

export {}; // What waits at its top is a module.
