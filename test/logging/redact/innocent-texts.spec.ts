import { expect } from 'chai';
import { Redactor } from '#src/logging/redact/redactor.js';
import { Sanitizer } from '#src/logging/redact/sanitizer.js';

/** What speaks of secrets and holds none, or looks a little like one. */
const TEXTS: readonly string[] = [
  // Errors
  `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
  'Unexpected token o in JSON at position 1',
  'TokenExpiredError: jwt expired',
  'InvalidTokenError: token is invalid',
  'JsonWebTokenError: invalid signature',
  'password must be longer than or equal to 8 characters',
  'property password has failed the following constraints: minLength',
  'the token has expired',
  'the password is wrong',
  'the password was changed by ada',
  'token is malformed: it has 2 parts',
  'Bearer token missing',
  'Basic auth required',
  'authentication failed: user bob',
  'Unauthorized: missing authorization header',
  'Error: secret is required',
  'Error: Login failed for user bob',
  "Cannot read properties of undefined (reading 'token')",
  "Cannot destructure property 'password' of 'undefined'",
  'unknown key "foo"',
  'secret "db-credentials" not found',
  'ZodError: [{"code":"invalid_type","path":["user","password"],"message":"Required"}]',
  'connect ECONNREFUSED 127.0.0.1:5432',
  "Cannot find module './token'",
  'Orders.RefreshToken attempt 1 of 4 failed in 412 µs: BankError: no answer yet',
  // Places in code
  '    at AuthService.login (/app/src/auth/auth.service.ts:41:11)',
  '    at PasswordService.check (file:///app/src/password.service.ts:10:5)\n    at async Token.next (/app/token.js:1:2)',
  'Error: Invalid token:\n    at check (/app/token.js:1:2)',
  'at /app/node_modules/cookie/index.js:41:11',
  'node:internal/process/task_queues:95:5',
  'file:///home/ada/orders/out/main.js:7:21',
  // Names that only look alike
  'author: Ann',
  'passenger: bob',
  'compass=N',
  'keyboard: qwerty',
  'monkey: banana',
  'secretary: Ann',
  'design: flat',
  'assign: bob',
  'signature: add(a, b)',
  'primary key: id',
  'sort_key=abc',
  'cookies_enabled=true',
  'token_type: bearer',
  'password_changed_at: 2026-01-01',
  'authorizationUrl: https://h.test/x',
  'usage: login <token> <user>',
  'SELECT password FROM users WHERE id = 7',
  '["password","email","name"]',
  // Values that are none
  'token: null',
  '{"password":null,"token":false,"secret":""}',
  'password=',
  'Enter password:',
  'tokens: 512',
  '{"tokens":{"input":512,"output":30}}',
  'max_tokens=100',
  'pass: 10, fail: 2',
  'WWW-Authenticate: Bearer realm="x"',
  // Addresses
  'https://medium.com/@user/post',
  'http://localhost:3000/@vite/client',
  'https://api.test:8080/tokens/42?page=2',
  'https://h.test/?code=404',
  'redis://cache:6379/0',
  'git@github.com:org/repo.git',
  'mailto:bob@example.test',
  'user:bob@example.test',
  'npm:lodash@4.17.21',
  'npm install @scope/pkg@1.2.3',
  'image: nginx:1.2@sha256:abcdef0123456789',
  'http://host:port/path and mail bob@example.test',
  'https://h.test/reset-password/confirm',
  'https://h.test/orders/eyJpZCI6NywiYXQiOiIyMDI2In0',
  '/app/src/reset/reset-password.controller.ts:41:11',
  'at /app/src/reset-password/reset-password2.controller.ts:41:11',
  'POST /jobs/reset/550e8400-e29b-41d4-a716-446655440000',
  'look for the password in "config.json"',
  // Queries
  "SELECT id FROM users WHERE token IN ($1, $2) AND name LIKE 'A%'",
  "INSERT INTO users (name, password_changed_at) VALUES ('bob', '2026-01-01')",
  "Duplicate entry 'bob' for key 'users.name'",
  '"email" with value "bob" fails to match the required pattern',
  'AUTH failed',
  'AUTH LOGIN',
  'orders[]=7&page%5Bsize%5D=20',
  'Orders -> Charge -> Token',
  'set -x',
  // Commands
  'mkdir -p a/b/c',
  'docker run -p 8080:80 nginx',
  'git log -p HEAD~1',
  'node /app/main.js --port 8080 -p 3000',
  'curl -u https://x.test',
  // Identifiers
  '2026-11-22T18:31:40.754Z',
  'order 4820000000000037',
  'Trace 4820000000000037 was cancelled',
  'order_id=4111111111111111',
  'order-4111111111111111',
  '{"orderId":"4111111111111111"}',
  'phone +49 170 1234567',
  '+4917012345678',
  'DE89 3704 0044 0532 0130 00',
  '0.4111111111111111',
  'MAC address=00:1b:44:11:3a:b7',
  'etag: W/"abc123"',
  '4111 1111 1111 1112',
  '1234-4111-1111-1111-1111',
];

describe('what is no secret', () => {
  const redactor = new Redactor({});
  const sanitizer = new Sanitizer(redactor);

  for (const text of TEXTS) {
    it(`R27 stays: ${text.split('\n')[0]!.trim()}`, () => expect(redactor.text(text)).to.equal(text));
  }

  it('R27 stays in literals, whatever escapes they have', () => {
    for (const text of TEXTS) {
      const json = JSON.stringify({ note: `"quoted" \\ \u0001\n\n${text}`, list: [text] });
      expect(redactor.text(json)).to.equal(json);
      const nested = JSON.stringify({ body: json });
      expect(redactor.text(nested)).to.equal(nested);
    }
  });

  it('R27 stays in values', () => {
    const value = {
      token_count: 512,
      tokens: { input: 512, output: 30 },
      hasPassword: true,
      token: null,
      secret: '',
      pass: 3,
      session: 'morning',
      account_sid: 'AC12',
      orderId: 4_111_111_111_111_111,
      phone_number: '4111111111111111',
      created_at: 4_111_111_111_111_111,
      signature: 'add(a: number, b: number): number',
      required: ['user', 'password', 'email'],
      path: ['user', 'password'],
      inputs: [{ name: 'email', value: 'ada@example.test' }],
      option: { name: 'password', required: true },
      argv: ['mkdir', '-v', 'a', '--port', '8080'],
    };
    expect(sanitizer.value(value)).to.deep.equal(value);
  });
});
