// The diff of two JSON templates with @aws-cdk/cloudformation-diff: node diff_cdk.js MODULES BEFORE AFTER [RUNS].
// With RUNS, the milliseconds of each warm run are printed; without, the number of resources that differ.
const { readFileSync } = require("fs");
const [modules, before, after, runs] = process.argv.slice(2);
const { fullDiff } = require(`${modules}/@aws-cdk/cloudformation-diff`);
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
if (!runs) {
  console.log(fullDiff(read(before), read(after)).resources.differenceCount);
} else {
  const times = [];
  for (let run = 0; run <= Number(runs); run++) {
    const [old, young] = [read(before), read(after)];
    const start = process.hrtime.bigint();
    fullDiff(old, young);
    if (run) times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  console.log(JSON.stringify(times));
}
