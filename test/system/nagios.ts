import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Foreground, foreground, requireInstalled } from './foreground.ts';

const nagios4 = '/usr/sbin/nagios4';

export interface Nagios extends Foreground {
  /** A field of the service in Nagios' own status file; empty while there is none. */
  field(name: string): string;
  /** Perfdata of every check so far, as Nagios handed it on. */
  perfdata(): readonly string[];
  /** `TYPE STATE first line` of every notification so far. */
  notifications(): readonly string[];
}

/** Nagios with one host and one service: the plugin, checked every second, notified once per problem. */
export function startNagios(folder: string, plugin: readonly string[]): Nagios {
  requireInstalled(nagios4);
  const inside = (name: string) => join(folder, name);
  mkdirSync(inside('checkresults'), { recursive: true });
  writeFileSync(inside('notify'), notifyScript(inside('notifications')), { mode: 0o755 });
  writeFileSync(inside('objects.cfg'), objects(plugin, inside('notify')));
  writeFileSync(inside('nagios.cfg'), main(inside));
  execFileSync(nagios4, ['-v', inside('nagios.cfg')], { stdio: 'pipe' });
  const lines = (name: string) =>
    existsSync(inside(name)) ? readFileSync(inside(name), 'utf8').split('\n').filter(Boolean) : [];
  return {
    ...foreground(nagios4, [inside('nagios.cfg')]),
    field: (name) => serviceField(lines('status.dat'), name),
    perfdata: () => lines('perfdata'),
    notifications: () => lines('notifications'),
  };
}

function serviceField(status: readonly string[], name: string): string {
  const service = status.slice(Math.max(0, status.indexOf('servicestatus {')));
  return service.find((line) => line.startsWith(`\t${name}=`))?.slice(name.length + 2) ?? '';
}

function notifyScript(file: string): string {
  return `#!/bin/sh\nprintf '%s %s %s\\n' "$NAGIOS_NOTIFICATIONTYPE" "$NAGIOS_SERVICESTATE" "$NAGIOS_SERVICEOUTPUT" >> '${file}'\n`;
}

function main(inside: (name: string) => string): string {
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  const settings = {
    log_file: inside('nagios.log'),
    cfg_file: inside('objects.cfg'),
    object_cache_file: inside('objects.cache'),
    status_file: inside('status.dat'),
    status_update_interval: 1,
    temp_file: inside('nagios.tmp'),
    temp_path: inside(''),
    check_result_path: inside('checkresults'),
    command_file: inside('nagios.cmd'),
    lock_file: inside('nagios.lock'),
    query_socket: inside('nagios.qh'),
    nagios_user: userInfo().username,
    nagios_group: group,
    check_external_commands: 0,
    retain_state_information: 0,
    use_syslog: 0,
    // It asks www.nagios.org for updates otherwise.
    check_for_updates: 0,
    interval_length: 1,
    service_inter_check_delay_method: 'n',
    execute_host_checks: 0,
    enable_notifications: 1,
    enable_environment_macros: 1,
    process_performance_data: 1,
    service_perfdata_file: inside('perfdata'),
    service_perfdata_file_template: '$SERVICEPERFDATA$',
    service_perfdata_file_mode: 'a',
    illegal_macro_output_chars: '`~$&|\'"<>',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function objects(plugin: readonly string[], notify: string): string {
  const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  return [
    define('timeperiod', {
      timeperiod_name: 'always',
      alias: 'always',
      ...Object.fromEntries(days.map((day) => [day, '00:00-24:00'])),
    }),
    define('command', { command_name: 'ampci', command_line: plugin.join(' ') }),
    define('command', { command_name: 'notify', command_line: notify }),
    define('contact', {
      contact_name: 'operator',
      host_notification_commands: 'notify',
      service_notification_commands: 'notify',
      host_notification_period: 'always',
      service_notification_period: 'always',
      host_notification_options: 'n',
      service_notification_options: 'w,u,c,r',
    }),
    define('host', {
      host_name: 'ci',
      address: '127.0.0.1',
      max_check_attempts: 1,
      check_period: 'always',
      active_checks_enabled: 0,
      notification_period: 'always',
      contacts: 'operator',
    }),
    define('service', {
      host_name: 'ci',
      service_description: 'ampci',
      check_command: 'ampci',
      check_interval: 1,
      retry_interval: 1,
      max_check_attempts: 1,
      check_period: 'always',
      notification_period: 'always',
      notification_interval: 0,
      notification_options: 'w,u,c,r',
      contacts: 'operator',
    }),
  ].join('');
}

function define(kind: string, settings: Readonly<Record<string, string | number>>): string {
  return `define ${kind} {\n${Object.entries(settings)
    .map(([key, value]) => `  ${key} ${value}\n`)
    .join('')}}\n`;
}
