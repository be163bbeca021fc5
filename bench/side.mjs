// One side of a bench, in a process of its own: node bench/side.mjs <module> <side> <rounds> <options>
const [, , file, name, rounds, options] = process.argv;
const { sides } = await import(file);
const run = (await sides(JSON.parse(options)))[name];
const WARM_UP = 12;
const seconds = [];
for (let round = 0; round < WARM_UP + Number(rounds); round++) {
  const start = process.hrtime.bigint();
  run();
  if (round >= WARM_UP) seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
}
process.stdout.write(JSON.stringify(seconds));
