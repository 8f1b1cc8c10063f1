import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { inspect } from 'node:util';
import { MapRoutingPolicy, type RoutingRequest } from '#src/index.js';
import { thrownBy } from '../support/thrown-by.js';

const VARIABLE = 'PENGUIFLOW_TEST_ROUTES';

function request(traceId: string): RoutingRequest {
  return { traceId } as RoutingRequest;
}

describe('MapRoutingPolicy', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'penguiflow-routes-'))));
  after(() => rmSync(folder, { recursive: true }));
  afterEach(() => {
    Reflect.deleteProperty(process.env, VARIABLE);
  });

  it('R19 is read from JSON', () => {
    const policy = MapRoutingPolicy.fromJson('{"a":"fast","b":["fast","slow"],"c":null}', { fallback: 'slow' });
    const found = ['a', 'b', 'c', 'd', 'constructor'].map((id) => policy.select(request(id)));
    expect(found).to.deep.equal(['fast', ['fast', 'slow'], null, 'slow', 'slow']);
  });

  it('R19 is read from a JSON file', () => {
    const path = join(folder, 'routes.json');
    writeFileSync(path, '{"a":"fast"}');
    expect(MapRoutingPolicy.fromJsonFile(path).select(request('a'))).to.equal('fast');
  });

  it('R19 is read from the environment, also in a format of its own', () => {
    process.env[VARIABLE] = '{"a":"fast"}';
    expect(MapRoutingPolicy.fromEnv(VARIABLE).select(request('a'))).to.equal('fast');
    process.env[VARIABLE] = 'a=fast;b=slow';
    const parse = (text: string): unknown => Object.fromEntries(text.split(';').map((pair) => pair.split('=')));
    expect(MapRoutingPolicy.fromEnv(VARIABLE, { parse, fallback: null }).select(request('b'))).to.equal('slow');
  });

  it('R19 drops what is not in the map unless it is told otherwise', () => {
    expect(new MapRoutingPolicy({}).select(request('a'))).to.equal(null);
    const keyless = new MapRoutingPolicy({ a: 'fast' }, { key: () => undefined, fallback: 'slow' });
    expect(keyless.select(request('a'))).to.equal('slow');
  });

  it('R19 says what is wrong without a word of the text, which may be secret', () => {
    const texts = [
      'hunter2',
      '{"hunter2":hunter2}',
      '"hunter2"',
      '{"a":"fast","hunter2":{"x":"hunter2"}}',
      '{"a":["hunter2",""]}',
    ];
    const errors = texts.map((text) => thrownBy(() => MapRoutingPolicy.fromJson(text)));
    for (const error of errors) {
      expect(error.code).to.equal('ROUTING_POLICY_INVALID');
      expect(inspect(error, { depth: 5 }).split('\n    at ')[0]).to.not.include('hunter2');
      expect(error.cause).to.equal(undefined);
    }
    expect(errors[3]?.message).to.equal(
      'Expected entry 2 of the JSON of a MapRoutingPolicy to be a successor, a list of them or null, got an object',
    );
    expect(errors[2]?.message).to.contain('got a string');
    expect(errors[0]?.message).to.contain('SyntaxError');
    const parse = (text: string): never => {
      throw new TypeError(text);
    };
    process.env[VARIABLE] = 'hunter2';
    expect(thrownBy(() => MapRoutingPolicy.fromEnv(VARIABLE, { parse })).message).to.equal(
      `Cannot parse the environment variable ${VARIABLE}: TypeError`,
    );
  });

  for (const [what, make] of [
    ['a list', () => MapRoutingPolicy.fromJson('["fast"]')],
    ['no JSON', () => MapRoutingPolicy.fromJson('{')],
    ['a number as a successor', () => MapRoutingPolicy.fromJson('{"a":1}')],
    ['an empty name', () => MapRoutingPolicy.fromJson('{"a":[""]}')],
    ['a file that is not there', () => MapRoutingPolicy.fromJsonFile('/nowhere/routes.json')],
    ['a variable that is not set', () => MapRoutingPolicy.fromEnv(VARIABLE)],
    ['a map that is null', () => new MapRoutingPolicy(null as never)],
    ['an update that is a text', () => new MapRoutingPolicy({}).update('a' as never)],
  ] as const) {
    it(`refuses ${what}, with the fix`, () => {
      const error = thrownBy(make);
      expect(error.code).to.equal('ROUTING_POLICY_INVALID');
      expect(error.hint).to.not.equal('');
    });
  }
});
