import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import {
  createFlow,
  FinalAnswer,
  Flow,
  Node,
  start,
  toDot,
  toMermaid,
  uncheckedGraph,
  WorkingMemory,
  type FlowPlan,
  type NodeContext,
} from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { commandTool, describeWithTool } from '../support/needs-tool.js';
import { line, pass, rows } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { MERMAID, parseMermaid } from './support/mermaid-parser.js';

const GRAPHVIZ = commandTool('dot', { versionFlag: '-V', install: 'apt-get install graphviz' });

class Order {
  readonly kind = 'order';
}
class Declined {
  readonly kind = 'declined';
}

@Node({ name: 'Price', timeoutS: 5, maxRetries: 2 })
class Price {
  process(_: string): Order | Declined {
    return new Order();
  }
}
@Node({ name: 'Ship', concurrency: 4, ordered: true })
class Ship {
  process(_: Order): string {
    return 'shipped';
  }
}
@Node({ name: 'Refund', maxRetries: 1 })
class Refund {
  process(_: Declined): string {
    return 'refunded';
  }
}
@Node({ name: 'Think' })
class Think {
  process(memory: WorkingMemory, _: NodeContext): WorkingMemory | FinalAnswer {
    return memory;
  }
}

const isBig = (text: string): boolean => text.length > 3;

@Flow({ name: 'pictures-orders' })
class Orders {
  readonly graph = start(Price).on(Order, Ship).on(Declined, Refund);
}
@Flow({ name: 'pictures-controller' })
class Controller {
  readonly graph = start(Think).loop(WorkingMemory);
}

/** Names that mean something to Mermaid, Markdown, HTML or Graphviz. */
const NASTY = [
  'say "hi"',
  'back\\slash \\n \\N',
  'a [b] {c} (d) <e>',
  '<b>bold</b><script>alert(1)</script>',
  '&lt; &amp; &',
  'two words, and a comma',
  'end',
  'пингвин 🐧 企鹅',
  '`code` *star* _under_ ~~x~~',
  '#quot; #35; %% comment %%{init: {}}%%',
  'a|b;c --> d',
  '$x$ $$y$$',
] as const;

function planOf(flowClass: Parameters<typeof createFlow>[0]): FlowPlan {
  return createFlow(flowClass).plan;
}

let plans = 0;

function nastyPlan(): FlowPlan {
  const nodes = NASTY.map((name) => pass(name));
  return new FlowBench().make(line(...nodes), { name: `pictures "nasty" <flow> ${++plans}` }).plan;
}

describe('pictures of a flow', () => {
  it('show both ends, nodes with their policies, and branches by class in Mermaid', () => {
    expect(toMermaid(planOf(Orders))).to.equal(
      [
        'flowchart TB',
        '    sea(["OpenSea #40;ingress#41;"])',
        '    n0["Price<br/>timeout 5 s, 2 retries"]',
        '    n1["Ship<br/>4 at a time, in order"]',
        '    n2["Refund<br/>1 retry"]',
        '    rookery(["Rookery #40;egress#41;"])',
        '    sea --> n0',
        '    n0 -.->|"on Order"| n1',
        '    n0 -.->|"on Declined"| n2',
        '    n1 --> rookery',
        '    n2 --> rookery',
        '    classDef endNode fill:#e0f2fe,stroke:#0369a1',
        '    class sea,rookery endNode',
        '',
      ].join('\n'),
    );
  });

  it('show the same in DOT', () => {
    const dot = toDot(planOf(Orders), { direction: 'LR' });
    expect(dot).to.contain('digraph "pictures-orders" {\n    rankdir=LR');
    expect(dot).to.contain('n0 [label="Price\\ntimeout 5 s, 2 retries"]');
    expect(dot).to.contain('n0 -> n1 [label="on Order", style=dashed]');
    expect(dot).to.contain('sea -> n0\n');
    expect(dot).to.contain('n2 -> rookery\n');
  });

  it('show the loop of a controller', () => {
    expect(toMermaid(planOf(Controller))).to.contain('n0 -.->|"loop on WorkingMemory"| n0');
    expect(toMermaid(planOf(Controller))).to.contain('class n0 loopNode');
    expect(toDot(planOf(Controller))).to.contain('n0 -> n0 [label="loop on WorkingMemory", style=dashed]');
  });

  it('show predicates by name, those without one, and what is left over', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => pass(name)) as [
      ReturnType<typeof pass>,
      ReturnType<typeof pass>,
      ReturnType<typeof pass>,
      ReturnType<typeof pass>,
    ];
    const branches = [
      { to: b, when: isBig },
      {
        to: c,
        when: (
          () => () =>
            true
        )(),
      },
      { to: d, otherwise: true },
    ] as const;
    const { plan } = new FlowBench().make(
      rows(
        [
          [a, branches],
          [d, [{ to: a, back: true }]],
        ],
        [a],
      ),
    );
    const picture = toMermaid(plan);
    expect(picture).to.contain('|"when isBig"|').and.contain('|"when …"|').and.contain('|"otherwise"|');
  });

  it('take the handle of a flow as well as its plan', () => {
    const flow = createFlow(Orders);
    expect(toMermaid(flow)).to.equal(toMermaid(flow.plan));
    expect(toDot(flow)).to.equal(toDot(flow.plan));
  });

  it('leave the egress out where nothing reaches it', () => {
    const [a, b] = [pass('a'), pass('b')];
    @Flow({ name: 'pictures-circle', allowCycles: true })
    class Circle {
      readonly graph = uncheckedGraph(
        [
          [a, [b]],
          [b, [a]],
        ],
        { start: [a] },
      );
    }
    expect(toMermaid(planOf(Circle))).to.not.contain('rookery');
  });

  it('refuse a direction and an option that nobody knows', () => {
    expect(thrownBy(() => toDot(planOf(Orders), { direction: 'up' as never })).message).to.contain('direction');
    expect(thrownBy(() => toMermaid(planOf(Orders), { colour: 1 } as never)).code).to.equal('INVALID_OPTION');
  });

  describeWithTool(GRAPHVIZ, 'with Graphviz', () => {
    it('are rendered, whatever the labels hold', () => {
      for (const plan of [planOf(Orders), planOf(Controller), nastyPlan()]) {
        const svg = spawnSync('dot', ['-Tsvg'], { input: toDot(plan), encoding: 'utf8' });
        expect(svg.stderr).to.equal('');
        expect(svg.status).to.equal(0);
        for (const { name } of plan.nodes) {
          for (const part of name.split('\n')) expect(textsOf(svg.stdout)).to.contain(part.replaceAll('\t', ' '));
        }
      }
    });
  });

  describeWithTool(MERMAID, 'with Mermaid', () => {
    it('are parsed, whatever the labels hold', async () => {
      for (const plan of [planOf(Orders), planOf(Controller), nastyPlan()]) {
        const { vertices, edges } = await parseMermaid(toMermaid(plan));
        expect(vertices).to.have.length(plan.nodes.length + 2);
        expect(edges.length).to.be.at.least(plan.edges.length + 2);
        for (const { name } of plan.nodes) {
          const wanted = name.replaceAll('\n', '<br/>').replaceAll('\t', ' ');
          expect(
            vertices.some((text) => text.split('<br/>timeout')[0]?.startsWith(wanted)),
            wanted,
          ).to.equal(true);
        }
      }
    });
  });
});

/** The texts in an SVG, as one string, without their escapes. */
function textsOf(svg: string): string {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)]
    .map(([, text]) =>
      (text as string)
        .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&')
        .replaceAll(String.fromCodePoint(0xa0), ' '),
    )
    .join('\n');
}
