import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

type Line = Readonly<Record<string, unknown>>;

describe('samples/observability', () => {
  it('shows one failure in the log, in the spans and in the metrics, with the same ids', async () => {
    const main = join(import.meta.dirname, '../../samples/observability/main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 });
    const text = stdout.trim().split('\n');
    const json = text.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);

    expect(text).to.include('penguiflow_node_messages_total{flow_name="Orders",node_name="Charge",outcome="failed"} 1');
    const logged = json.find((line) => line['message'] === 'node_failed')!;
    expect(logged).to.include({ flow_name: 'Orders', node_name: 'Charge', trace_id: 'order-a-2', tenant: 'acme' });
    const span = json.find((line) => line['span'] !== undefined && line['otel_span_id'] === logged['otel_span_id'])!;
    expect(span).to.include({
      span: 'node Charge',
      status: 'ERROR',
      'penguiflow.trace.id': 'order-a-2',
      'error.type': 'CardDeclined',
      otel_trace_id: logged['otel_trace_id'],
      exception: 'the bank declined order a-2',
    });
    const priced = json.find((line) => line['message'] === 'priced' && line['order'] === 'a-2')!;
    expect(priced['otel_span_id']).to.equal(span['parent_span_id']);
  }).timeout(40_000);
});
