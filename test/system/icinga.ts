import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { foreground, requireInstalled } from './foreground.ts';
import type { Perf } from './perfdata.ts';

const icinga2 = '/usr/sbin/icinga2';

export interface Icinga extends AsyncDisposable {
  /** The last value of each metric, as Icinga parsed it and sends it to Graphite. */
  metrics(): ReadonlyMap<string, Perf>;
  /** `TYPE STATE first line` of every notification so far. */
  notifications(): readonly string[];
  output(): string;
}

/** Icinga with one host and one service: the plugin, checked every second, notified once per problem. */
export async function startIcinga(folder: string, plugin: readonly string[]): Promise<Icinga> {
  requireInstalled(icinga2);
  const inside = (name: string) => join(folder, name);
  for (const name of ['run', 'data', 'log', 'cache', 'spool']) mkdirSync(inside(name));
  const graphite = await graphiteServer();
  writeFileSync(
    inside('notify'),
    `#!/bin/sh\nprintf '%s %s %s\\n' "$TYPE" "$STATE" "$OUTPUT" | head -n 1 >> '${inside('notifications')}'\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(
    inside('icinga2.conf'),
    configuration(plugin, { notify: inside('notify'), port: graphite.port }),
  );
  const daemon = foreground(icinga2, ['daemon', '-c', inside('icinga2.conf'), ...constants(inside)]);
  return {
    metrics: () => parseGraphite(graphite.lines()),
    notifications: () =>
      existsSync(inside('notifications'))
        ? readFileSync(inside('notifications'), 'utf8').split('\n').filter(Boolean)
        : [],
    output: daemon.output,
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      graphite.close();
    },
  };
}

/** Where Icinga sends each metric after it has parsed it: a line for its value and each of its limits. */
async function graphiteServer() {
  const chunks: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines: () => Buffer.concat(chunks).toString().split('\n').slice(0, -1),
    close: () => server.close(),
  };
}

const names = { value: 'value', warn: 'warning', crit: 'critical', min: 'min', max: 'max' } as const;

function parseGraphite(lines: readonly string[]): ReadonlyMap<string, Perf> {
  const found = new Map<string, Perf>();
  for (const line of lines) {
    const [, label, field, value] = /\.perfdata\.(.+)\.(value|warn|crit|min|max) (\S+) \d+$/.exec(line) ?? [];
    if (!label || !field) throw new Error(`not what Icinga sends to Graphite: ${line}`);
    const before = found.get(label) ?? {
      value: Number.NaN,
      warning: null,
      critical: null,
      min: null,
      max: null,
    };
    found.set(label, { ...before, [names[field as keyof typeof names]]: Number(value) });
  }
  return found;
}

function constants(inside: (name: string) => string): string[] {
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  const values = {
    RunAsUser: userInfo().username,
    RunAsGroup: group,
    DataDir: inside('data'),
    LogDir: inside('log'),
    CacheDir: inside('cache'),
    SpoolDir: inside('spool'),
    InitRunDir: inside('run'),
    PidPath: inside('run/icinga2.pid'),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-D', `Configuration.${name}=${value}`]);
}

function configuration(
  plugin: readonly string[],
  { notify, port }: { notify: string; port: number },
): string {
  return `
include <itl>
const NodeName = "ci"
library "perfdata"
object CheckerComponent "checker" { }
object NotificationComponent "notification" { }
object GraphiteWriter "graphite" {
  host = "127.0.0.1"
  port = ${port}
  enable_send_thresholds = true
}
object CheckCommand "ampci" {
  command = ${JSON.stringify(plugin)}
}
object NotificationCommand "notify" {
  command = [ "${notify}" ]
  env.TYPE = "$notification.type$"
  env.STATE = "$service.state$"
  env.OUTPUT = "$service.output$"
}
object User "operator" { }
object Host "ci" {
  check_command = "dummy"
  enable_active_checks = false
}
object Service "ampci" {
  host_name = "ci"
  check_command = "ampci"
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 1
}
object Notification "operator" {
  host_name = "ci"
  service_name = "ampci"
  command = "notify"
  users = [ "operator" ]
  interval = 0
  types = [ Problem, Recovery ]
}
`;
}
