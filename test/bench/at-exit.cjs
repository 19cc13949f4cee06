// Preloaded by `node -r`: at its end the process tells its peak memory and its own CPU time, without children's.
const { appendFileSync, readFileSync } = require('node:fs');

process.on('exit', () => {
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  const told = { peakMemoryKb: Number(peak?.[1]), cpuMs: (user + system) / 1000 };
  appendFileSync(process.env.BENCH_REPORT, `${JSON.stringify(told)}\n`);
});
