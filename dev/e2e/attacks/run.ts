// `npm run test:attacks`: every value on every entrance, and many more forms at once than in `npm test`.

process.env.ATTACKS = "all";
process.argv.splice(2, 0, "dev/e2e/attacks");
await import("../run");

export {}; // What waits at its top is a module.
