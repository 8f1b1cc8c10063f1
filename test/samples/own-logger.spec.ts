import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

describe('samples/own-logger', () => {
  it('writes everything to the logger of the application, with its fields and at its levels, without secrets', async () => {
    const main = join(import.meta.dirname, '../../samples/own-logger/main.js');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main], { timeout: 30_000 });
    expect(stderr).to.equal('');
    const [shown, kept] = stdout.split(/\n\n.*warnings\.log:\n/);
    expect(shown!.split('\n').map((line) => line.replace(/\s+/g, ' '))).to.deep.equal([
      'info orders Charge asking the bank acme order-1',
      'warning orders Charge node_error acme order-1',
      'info orders Charge node_retry acme order-1',
      'info orders Charge asking the bank acme order-1',
      'info orders Charge charged acme order-1',
      'info orders Charge node_success acme order-1',
      'info orders Charge asking the bank probe order-2',
      'info orders Charge asking the bank probe order-2',
      'info orders Charge charged probe order-2',
    ]);
    const line = JSON.parse(kept!) as Record<string, unknown>;
    expect(line).to.include({ level: 'warning', message: 'node_error', service: 'orders', version: '1.4.2' });
    expect((line['error'] as Record<string, unknown>)['message']).to.equal('no answer to ?token=[Redacted]');
    expect(stdout).not.to.match(/4111|5500/);
  }).timeout(40_000);
});
