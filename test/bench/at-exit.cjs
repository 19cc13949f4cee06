// Preloaded by `node --expose-gc -r`: at its end the process tells its peak memory, what it still keeps of it, and
// its own CPU time, without children's; and what it had loaded.
const { appendFileSync, readFileSync } = require('node:fs');

process.on('exit', () => {
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const { user, system } = process.cpuUsage();
  // What the first one frees outside of the heap is counted by the second.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const loaded = {
    files: Object.keys(require.cache).filter((file) => file !== __filename && !file.endsWith('.node')).length,
    ofNode: process.moduleLoadList
      .filter((name) => name.startsWith('NativeModule '))
      .map((name) => name.slice(13)),
  };
  const told = {
    loaded,
    keptKb: (heapUsed + external) / 1024,
    peakMemoryKb: Number(peak?.[1]),
    cpuMs: (user + system) / 1000,
  };
  appendFileSync(process.env.BENCH_REPORT, `${JSON.stringify(told)}\n`);
});
