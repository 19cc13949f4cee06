/**
 * The stand-in as a process of its own, so that its CPU time is not counted as somebody else's:
 *
 *     node test/stand-in/main.ts --repos 1000 --token secret
 *     {"url":"http://127.0.0.1:34567","apiUrl":"http://127.0.0.1:34567/api/v3","owner":"acme",…}
 *
 * One line of JSON when it listens; `<url>/_control` drives it (control.ts: `controlOf(url)`). It ends, and removes
 * its repositories, at SIGTERM, SIGINT, or when the process that forked it is gone.
 */
import { parseArgs } from 'node:util';
import { startStandIn } from './stand-in.ts';

const { values } = parseArgs({
  options: {
    owner: { type: 'string', default: 'acme' },
    repos: { type: 'string', default: '0' },
    token: { type: 'string', default: 'secret' },
    port: { type: 'string', default: '0' },
    tls: { type: 'boolean', default: false },
    'api-at-root': { type: 'boolean', default: false },
    validate: { type: 'boolean', default: false },
  },
});

const hub = await startStandIn({
  token: values.token,
  tls: values.tls,
  port: Number(values.port),
  apiAtRoot: values['api-at-root'],
  validate: values.validate,
});
await hub.createRepos(Number(values.repos), { owner: values.owner });

const { url, apiUrl, graphqlUrl, caFile } = hub;
const { owner, token } = values;
process.stdout.write(
  `${JSON.stringify({ url, apiUrl, graphqlUrl, caFile, owner, token, pid: process.pid })}\n`,
);

for (const end of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
  process.once(end, () => void hub.close().then(() => process.exit(0)));
