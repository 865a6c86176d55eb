// The peer of `benchmarks/diffing.py`: fullDiff of two JSON files, once, or timed warm.
// node diff_peer.cjs BEFORE AFTER [RUNS]; NODE_PATH says where @aws-cdk/cloudformation-diff is.
const fs = require('fs');
const { fullDiff } = require('@aws-cdk/cloudformation-diff');

const [before, after, runs] = process.argv.slice(2);
const read = () => [before, after].map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
if (runs === undefined) {
  const diff = fullDiff(...read());
  console.log(diff.resources.differenceCount);
} else {
  const times = [];
  for (let run = 0; run <= Number(runs); run++) {
    const start = process.hrtime.bigint();
    fullDiff(...read());
    if (run > 0) times.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  times.sort((a, b) => a - b);
  console.log(times[Math.floor(times.length / 2)]);
}
