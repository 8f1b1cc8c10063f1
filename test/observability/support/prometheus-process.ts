import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { commandTool } from '../../support/needs-tool.js';

export const PROMETHEUS = commandTool('prometheus', { install: 'apt-get install prometheus' });

/** How often it is asked; another process gives no sign of its own. */
const ASK_EVERY_MS = 100;

interface AlertsAnswer {
  readonly data: { readonly alerts: readonly { readonly state: string; readonly labels: Record<string, string> }[] };
}
interface QueryAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** A real Prometheus on loopback, with its data in a temporary folder, that scrapes one target. */
export class PrometheusProcess {
  readonly #folder: string;
  readonly #url: string;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#url = `http://127.0.0.1:${port}`;
    this.#child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child.stderr?.on('data', (text: Buffer) => (this.#log += text.toString()));
  }

  /** @param target - host and port of the process that is scraped */
  static async start(target: string, rules: string): Promise<PrometheusProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'penguiflow-prometheus-'));
    await writeFile(join(folder, 'rules.yml'), rules);
    await writeFile(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 300ms }
rule_files: [rules.yml]
scrape_configs: [{ job_name: flow, static_configs: [{ targets: ['${target}'] }] }]
`,
    );
    const prometheus = new PrometheusProcess(folder, await freePort());
    await prometheus.until('it is ready', async () => (await fetch(`${prometheus.#url}/-/ready`)).ok);
    return prometheus;
  }

  /** Names of the alerts that fire now. */
  async firing(): Promise<Set<string>> {
    const { data } = (await (await fetch(`${this.#url}/api/v1/alerts`)).json()) as AlertsAnswer;
    return new Set(data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels['alertname']!));
  }

  /** The value of an instant query, undefined when it has no result. */
  async query(expr: string): Promise<number | undefined> {
    const answer = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const value = ((await answer.json()) as QueryAnswer).data.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  }

  /** Asks until the answer is true; the test's own time limit is the end of it. */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new TypeError(`prometheus ended before ${what}\n${this.#log}`);
      if (await isSo().catch(() => false)) return;
      await pause(ASK_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
