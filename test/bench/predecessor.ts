import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, ratio } from './measure.ts';
import type { Place } from './place.ts';
import { type Rows, skipped } from './row.ts';

const name = "the predecessor's idle tick (Python, no network): CPU";

/** What it did every minute when no webhook had left anything: lock, read its configuration, list its queue, end. */
const program = `
import argparse
import fcntl
import logging
import logging.handlers
import os
import subprocess
import sys
import tempfile
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("queue")
args = parser.parse_args()
logging.basicConfig(stream=sys.stderr, format="%(asctime)s [%(name)s] [%(levelname)s] [%(process)d] %(message)s")
with open(Path(args.queue, "lock"), "w") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for name in sorted(os.listdir(Path(args.queue, "jobs"))):
        logging.info("Building %s", name)
`;

export async function* predecessor(place: Place): Rows {
  if (place.steadyOnly) return;
  // Asked for its path, since python3 may be a shim that starts a shell first.
  const asked = ['-c', 'import sys; print(sys.executable)'];
  const { status, stdout } = spawnSync('python3', asked, { encoding: 'utf8' });
  if (status !== 0) {
    yield skipped(name, 'there is no python3');
    return;
  }
  const queue = join(place.folder, 'queue');
  mkdirSync(join(queue, 'jobs'), { recursive: true });
  writeFileSync(join(queue, 'tick.py'), program);
  const python = { argv: [stdout.trim(), join(queue, 'tick.py'), queue], cwd: queue, env: place.env };
  const samples = await interleave({ node: place.node, python }, { rounds: 7, times: 5 });
  yield { name, value: ratio(samples.python, samples.node), unit: 'x' };
}
