import { expect } from 'chai';
import { FinalAnswer, type Class } from '#src/index.js';
import { TypeBook, type WireTypes } from '#src/distributed/codec/type-book.js';
import { Wire, wireNameOf } from '#src/distributed/codec/wire.js';
import { wire } from '#src/distributed/codec/wire-type.js';
import { thrownBy } from '../../support/thrown-by.js';

class Doc {
  readonly id = 'a';
}
class Scored {
  readonly score = 1;
}

@Wire('note')
class Note {
  readonly text = '';
}

const OWNER = '@Distributed on Documents';

function bookOf(types: unknown): TypeBook {
  return new TypeBook(types as WireTypes, OWNER);
}

describe('D28 wire names', () => {
  it('are the keys of `types`, or what `@Wire` says of a class in a list', () => {
    const book = bookOf({ doc: Doc, 'v2/scored': Scored, note: Note });
    expect(book.names).to.deep.equal(['doc', 'note', 'v2/scored']);
    expect(book.named('doc')?.target).to.equal(Doc);
    expect(bookOf([Note]).names).to.deep.equal(['note']);
  });

  it('are not inherited: a class that extends one has other fields', () => {
    class Longer extends Note {}
    expect(wireNameOf(Longer)).to.equal(undefined);
    expect(bookOf([Note]).entryOf(new Longer(), Longer.prototype)).to.equal(undefined);
    expect(bookOf([Note]).knows(Longer)).to.equal(false);
  });

  it('are known of a class by one that extends it, as of branches', () => {
    class Base {}
    class Derived extends Base {}
    expect(bookOf({ derived: Derived }).knows(Base)).to.equal(true);
  });

  it('come with classes that the graph names, if `@Wire` names them', () => {
    const book = bookOf({ doc: Doc }).with([Note, Scored, Doc]);
    expect(book.names).to.deep.equal(['doc', 'note']);
    @Wire('doc')
    class Other {}
    expect(thrownBy(() => book.with([Other])).message).to.match(
      /"doc" .* is the wire name of two classes: Doc and Other/,
    );
  });

  const refused: readonly (readonly [title: string, types: unknown, says: RegExp, hint: RegExp])[] = [
    [
      'a list of classes, whose names a minifier changes',
      [Doc],
      /^Doc in `types` of @Distributed on Documents has no wire name/,
      /types: \{ name: Doc \}/,
    ],
    [
      'a list with a `wire` of a class without a name',
      [wire(Doc, { encode: () => 1, decode: () => new Doc() })],
      /^Doc .* has no wire name/,
      /@Wire/,
    ],
    [
      'one name for two classes',
      [Note, renamed('note')],
      /"note" .* is the wire name of two classes: Note and Renamed/,
      /of its own/,
    ],
    ['two names for a class', { a: Doc, b: Doc }, /Doc stands in `types` .* twice: as "a" and as "b"/, /Keep one/],
    ['another name than that of `@Wire`', { memo: Note }, /Note has two wire names: "memo" .* "note" by @Wire/, /bear/],
    ['an empty name', { '': Doc }, /Expected `name` of `types` .* wire name .* got ""/, /./],
    ['an odd name', { 'my doc': Doc }, /got "my doc"/, /./],
    ['a long name', { ['d'.repeat(65)]: Doc }, /a string of 65 characters/, /./],
    ['a name like ours', { 'penguiflow.Doc': Doc }, /begin with `penguiflow\.`/, /./],
    [
      'a class of ours, which crosses by itself',
      { answer: FinalAnswer },
      /FinalAnswer stands in `types`/,
      /Leave it out/,
    ],
    [
      'what is no class',
      { doc: undefined },
      /Expected `types\.doc` of @Distributed on Documents to be a class.* got undefined/,
      /in a circle/,
    ],
    ['a function that is no class', { doc: () => 1 }, /to be a class/, /./],
    ['a class of the platform', { map: Map }, /a class that does not extend Map/, /wire\(Map/],
    [
      'a class that extends one',
      { list: class List extends Array {} },
      /does not extend Array, got function List/,
      /wire\(List/,
    ],
    ['what is no object', 'doc', /Expected `types` of .* got "doc"/, /./],
  ];
  for (const [title, types, says, hint] of refused) {
    it(`fail at start: ${title}`, () => {
      const error = thrownBy(() => bookOf(types));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.match(says);
      expect(error.hint).to.match(hint);
    });
  }

  it('fail where `@Wire` stands, when they are odd or the parentheses are missing', () => {
    expect(thrownBy(() => Wire('a b')(Doc)).message).to.match(/^Expected `name` of @Wire on Doc to be a wire name/);
    expect(thrownBy(() => (Wire as unknown as (target: Class) => void)(Doc)).message).to.match(/without parentheses/);
    expect(wireNameOf(Doc)).to.equal(undefined);
  });

  it('need functions in `wire`', () => {
    const make = wire as unknown as (target: unknown, options: unknown) => unknown;
    expect(thrownBy(() => make('Doc', {})).message).to.match(/^Expected `target` of wire\(\) to be a class/);
    expect(thrownBy(() => make(Doc, undefined)).message).to.match(/^Expected `options` of wire\(Doc\)/);
    expect(thrownBy(() => make(Doc, { encode: () => 1 })).message).to.match(/^Expected `decode` of wire\(Doc\)/);
  });
});

function renamed(name: string): Class {
  class Renamed {}
  Wire(name)(Renamed);
  return Renamed;
}
