import type { ProgramFacts } from '../domain/site-facts.ts';
import { shellWord } from './harmless.ts';

/** The line for a crontab. cron's own PATH finds no Node that is worth it, hence whole paths; it cuts at a bare `%`. */
export function cronLine({ node, launcher, config }: ProgramFacts): string {
  const command = [node, launcher, '-c', config, 'poll'].map(shellWord).join(' ');
  return `* * * * * ${command.replaceAll('%', '\\%')}`;
}
