import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { foreground, requireInstalled } from './foreground.ts';
import { monitored } from './monitored.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[], input = ''): Promise<Ended> {
  requireInstalled(command);
  return new Promise((resolve) => {
    const child = execFile(command, args, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

describe('negate of the monitoring plugins', () => {
  const negate = '/usr/lib/nagios/plugins/negate';

  it('turns the state over in exit code and text', async () => {
    using site = monitored();
    expect(await run(negate, ['-s', '-o', 'CRITICAL', '-c', 'OK', ...site.plugin])).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^AMPCI CRITICAL - polled/),
    });
    site.breakBuild();
    expect(await run(negate, ['-s', '-o', 'CRITICAL', '-c', 'OK', ...site.plugin])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^AMPCI OK - amppd/),
    });
  });

  it('keeps UNKNOWN as it is', async () => {
    using site = monitored();
    const result = await run(negate, [...site.plugin, '--warning', 'nonsense']);
    expect(result).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^AMPCI UNKNOWN - --warning nonsense/),
    });
  });
});

describe('Prometheus', () => {
  it('promtool finds nothing to say about the metrics, whatever branches are called', async () => {
    using site = monitored();
    site.breakBuild();
    const [command = '', ...args] = site.plugin;
    const { stdout, code } = await run(command, [...args, '--prometheus']);
    expect(code).toBe(0);
    expect(stdout).toContain('ampci_branch_failing_since_timestamp_seconds{repo="amppd",branch="topic/');
    expect(await run('/usr/bin/promtool', ['check', 'metrics'], stdout)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('node_exporter hands the file on', async () => {
    using site = monitored();
    site.breakBuild();
    const [command = '', ...args] = site.plugin;
    const file = join(site.folder, 'ampci.prom');
    expect(await run(command, [...args, '--prometheus', '--output', file])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    // What is being written has another name, and is left alone.
    writeFileSync(join(site.folder, '.ampci.prom.1.tmp'), 'half a li');
    const port = await freePort();
    await using exporter = foreground('/usr/bin/prometheus-node-exporter', [
      '--collector.disable-defaults',
      '--collector.textfile',
      `--collector.textfile.directory=${site.folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const scrape = () =>
      fetch(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      );
    await expect.poll(scrape, { timeout: 20_000 }).toContain('node_textfile_scrape_error 0');
    const metrics = await scrape();
    expect(metrics, exporter.output()).toMatch(/^ampci_status 2$/m);
    expect(metrics).toMatch(/^ampci_failing_branches\{default_branch="true"\} 1$/m);
    expect(metrics).toMatch(
      /^ampci_branch_failing_since_timestamp_seconds\{branch="topic\/.*",repo="amppd"\} [\d.e+]+$/m,
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
