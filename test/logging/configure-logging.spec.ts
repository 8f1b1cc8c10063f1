import { expect } from 'chai';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import winston from 'winston';
import { configureLogging, setLogLevel } from '#src/logging/configure-logging.js';
import { getLogger } from '#src/logging/winston/get-logger.js';
import { shutdownLogging } from '#src/logging/shutdown-logging.js';
import type { LoggingOptions } from '#src/logging/sinks/logging-config.js';
import { LineCatcher } from '../support/line-catcher.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { thrownBy } from '../support/thrown-by.js';
import { useLineCatcher } from '../support/use-logging.js';

describe('configureLogging', () => {
  const folder = temporaryFolder();
  const caught = useLineCatcher();

  it('R23 sets up the logger penguiflow and its children', () => {
    configureLogging({ structured: true, destination: caught });
    getLogger().info('root');
    getLogger('penguiflow.flow').info('child');
    getLogger('billing').info('short name');
    expect(caught.json.map((line) => [line['logger'], line['message']])).to.deep.equal([
      ['penguiflow', 'root'],
      ['penguiflow.flow', 'child'],
      ['penguiflow.billing', 'short name'],
    ]);
  });

  it('R23 gives the same child for the same name', () => {
    expect(getLogger('billing')).to.equal(getLogger('penguiflow.billing'));
  });

  it('R23 calling it twice replaces the destination and adds none', () => {
    const second = new LineCatcher();
    configureLogging({ structured: true, destination: caught });
    configureLogging({ structured: true, destination: second });
    getLogger().info('once');
    expect(caught.lines).to.have.length(0);
    expect(second.lines).to.have.length(1);
  });

  it('R23 calling it twice with the same destination gives one line per call', () => {
    for (let i = 0; i < 3; i++) configureLogging({ structured: true, destination: caught });
    getLogger().info('once');
    expect(caught.lines).to.have.length(1);
  });

  it('R23 writes from level info on unless told otherwise', () => {
    configureLogging({ structured: true, destination: caught });
    getLogger().debug('no');
    getLogger().info('yes');
    expect(caught.json.map((line) => line['message'])).to.deep.equal(['yes']);
  });

  it('R23 honours LOG_LEVEL in any case, and an explicit level wins over it', () => {
    process.env['LOG_LEVEL'] = 'WARNING';
    configureLogging({ structured: true, destination: caught });
    getLogger().info('no');
    getLogger().warn('yes');
    configureLogging({ structured: true, destination: caught, level: 'debug' });
    getLogger().debug('yes, too');
    expect(caught.json.map((line) => line['message'])).to.deep.equal(['yes', 'yes, too']);
  });

  it('R23 the level can change while running, by setLogLevel and by the winston property', () => {
    configureLogging({ structured: true, destination: caught, level: 'warn' });
    getLogger('a').info('no');
    setLogLevel('debug');
    getLogger('a').debug('yes');
    getLogger().level = 'error';
    getLogger('a').warn('no');
    expect(getLogger('a').level).to.equal('error');
    expect(getLogger('a').isLevelEnabled('warn')).to.equal(false);
    expect(caught.json.map((line) => line['message'])).to.deep.equal(['yes']);
  });

  it('R23 level silent writes nothing', () => {
    configureLogging({ structured: true, destination: caught, level: 'silent' });
    getLogger().error('no');
    expect(caught.text).to.equal('');
  });

  it('R23 before it is called the loggers are silent and winston does not complain', () => {
    const said: unknown[] = [];
    const before = process.stderr.write;
    process.stderr.write = ((text: unknown) => said.push(text)) as never;
    try {
      getLogger().error('nobody listens');
      getLogger('x').info('nobody listens');
    } finally {
      process.stderr.write = before;
    }
    expect(said).to.deep.equal([]);
  });

  it('R23 appends to a file and makes its folders', async () => {
    const file = folder.path('a/b/log.jsonl');
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('one');
    await shutdownLogging();
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('two');
    await shutdownLogging();
    const messages = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages).to.deep.equal(['one', 'two']);
  });

  it('R23 a file that cannot be opened fails with LOG_DESTINATION_FAILED, names it, and leaves the set-up alone', () => {
    configureLogging({ structured: true, destination: caught });
    writeFileSync(folder.path('plain'), '');
    const file = folder.path('plain/log.jsonl');
    const error = thrownBy(() => configureLogging({ destination: { file } }));
    expect(error.code).to.equal('LOG_DESTINATION_FAILED');
    expect(error.message).to.contain(file);
    getLogger().info('still here');
    expect(caught.last['message']).to.equal('still here');
  });

  it('R23 calling it again opens a file anew that was rotated away', async () => {
    const file = folder.path('rotated.jsonl');
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('old');
    renameSync(file, `${file}.1`);
    configureLogging({ structured: true, destination: { file } });
    getLogger().info('new');
    await shutdownLogging();
    expect(readFileSync(`${file}.1`, 'utf8'))
      .to.contain('old')
      .and.not.contain('new');
    expect(readFileSync(file, 'utf8')).to.contain('new').and.not.contain('old');
  });

  it('R23 an extra transport is told that it may close when it is replaced', async () => {
    let closed = 0;
    const transport = new winston.transports.Stream({ stream: caught });
    transport.close = () => void closed++;
    configureLogging({ destination: 'none', transports: [transport] });
    configureLogging({ destination: 'none', transports: [transport] });
    expect(closed).to.equal(0);
    configureLogging({ destination: 'none' });
    await shutdownLogging();
    expect(closed).to.equal(1);
  });

  it('R23 extra transports get the fields, so their own formats work', () => {
    const own = new LineCatcher();
    const transport = new winston.transports.Stream({ stream: own, format: winston.format.simple() });
    configureLogging({ structured: true, destination: caught, transports: [transport] });
    getLogger('billing').info('paid', { sku: 'a-1' });
    expect(caught.last).to.include({ message: 'paid', sku: 'a-1' });
    expect(own.text).to.match(/^info: paid \{.*"sku":"a-1".*\}\n$/);
  });

  it('R23 an extra transport without a format gets the configured line, and its own level counts', () => {
    const own = new LineCatcher();
    configureLogging({
      structured: true,
      level: 'info',
      destination: caught,
      transports: [new winston.transports.Stream({ stream: own, level: 'debug' })],
    });
    getLogger().debug('only for the transport');
    getLogger().info('for both');
    expect(caught.json.map((line) => line['message'])).to.deep.equal(['for both']);
    expect(own.json.map((line) => line['message'])).to.deep.equal(['only for the transport', 'for both']);
  });

  it('R23 destination none leaves the extra transports alone', () => {
    const own = new LineCatcher();
    configureLogging({
      destination: 'none',
      structured: true,
      transports: [new winston.transports.Stream({ stream: own })],
    });
    getLogger().info('here');
    expect(own.last['message']).to.equal('here');
  });

  it('R23 a transport that somebody adds to the winston logger works without configureLogging', () => {
    const own = new LineCatcher();
    getLogger().add(new winston.transports.Stream({ stream: own }));
    try {
      getLogger('x').info('here');
      expect(own.text).to.contain('here');
    } finally {
      getLogger().clear();
    }
  });

  const wrong: [string, LoggingOptions, string][] = [
    [
      'level',
      { level: 'loud' as never },
      'Expected `level` of configureLogging() to be one of error, warn, info, http, verbose, debug, silly, silent, got "loud"',
    ],
    ['structured', { structured: 1 as never }, 'Expected `structured` of configureLogging() to be a boolean, got 1'],
    [
      'format',
      { format: 'xml' as never },
      'Expected `format` of configureLogging() to be one of flat, penguiflow, otel, got "xml"',
    ],
    [
      'format with structured off',
      { format: 'flat', structured: false },
      'Expected `structured` of configureLogging() to be true when `format` is given, got false',
    ],
    [
      'destination',
      { destination: 7 as never },
      "Expected `destination` of configureLogging() to be 'stdout', 'stderr', 'none', { file } or a writable stream, got 7",
    ],
    [
      'transports',
      { transports: [{}] as never },
      'Expected `transports` of configureLogging() to be an array of winston 3 transports, got an object of class Object',
    ],
    [
      'redact',
      { redact: 'all' as never },
      'Expected `redact` of configureLogging() to be true, false or an object, got "all"',
    ],
    ['a key of redact', { redact: { key: [] } as never }, 'Unknown option `key` of `redact` of configureLogging()'],
    [
      'keys of redact',
      { redact: { keys: [''] } },
      'Expected `keys` of `redact` of configureLogging() to be an array of names and patterns, got an array of 1',
    ],
    [
      'patterns of redact',
      { redact: { patterns: ['x'] as never } },
      'Expected `patterns` of `redact` of configureLogging() to be an array of patterns, got an array of 1',
    ],
    [
      'maxChars of redact',
      { redact: { maxChars: 99 } },
      'Expected `maxChars` of `redact` of configureLogging() to be a whole number >= 100, got 99',
    ],
    ['bufferChars', { bufferChars: 0 }, 'Expected `bufferChars` of configureLogging() to be a whole number > 0, got 0'],
    [
      'overflow',
      { overflow: 'block' as never },
      `Expected \`overflow\` of configureLogging() to be 'drop' or 'wait', got "block"`,
    ],
    ['an unknown name', { structure: true } as never, 'Unknown option `structure` of configureLogging()'],
  ];
  for (const [what, options, message] of wrong) {
    it(`R23 refuses a bad option: ${what}`, () => {
      const error = thrownBy(() => configureLogging(options));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.equal(message);
    });
  }

  it('R23 refuses a LOG_LEVEL that is no level', () => {
    process.env['LOG_LEVEL'] = 'loud';
    expect(thrownBy(() => configureLogging()).message).to.match(
      /^Expected `LOG_LEVEL` of the environment to be one of/,
    );
  });

  it('R23 refuses a transport that an earlier shutdown has ended', async () => {
    const transport = new winston.transports.Stream({ stream: new LineCatcher() });
    configureLogging({ destination: 'none', transports: [transport] });
    await shutdownLogging();
    expect(thrownBy(() => configureLogging({ transports: [transport] })).hint).to.contain('make a new one');
  });
});
