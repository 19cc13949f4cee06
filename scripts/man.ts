/** Writes the manual page, dist/ampci.1, from the same declarations as the help. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProgram } from '../src/cli/describe-program.ts';
import { realProcess } from '../src/cli/process.ts';
import { program } from '../src/cli.ts';
import { manPage } from '../src/output/man.ts';

const page = manPage(describeProgram(program(realProcess())));
writeFileSync(join(import.meta.dirname, '..', 'dist', 'ampci.1'), page);
