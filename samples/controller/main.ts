import 'reflect-metadata';

import {
  configureLogging,
  createFlow,
  FinalAnswer,
  Flow,
  Node,
  shutdownLogging,
  start,
  WorkingMemory,
  type FlowNode,
  type NodeContext,
} from 'penguiflow';

interface Article {
  readonly text: string;
  /** The article to read next. */
  readonly see?: string;
}

/** A small library; each article leads to the next one. */
class Library {
  readonly #articles: Readonly<Record<string, Article>> = {
    huddle: { text: 'Penguins huddle because they lose less heat together than alone.', see: 'heat loss' },
    'heat loss': { text: 'A lone emperor penguin loses 0.2 kg of fat a day; in a huddle, 0.14 kg.', see: 'fasting' },
    fasting: { text: 'The father fasts for about 115 days until the mother is back from the sea.', see: 'huddle size' },
    'huddle size': { text: 'Huddles of emperor penguins have been counted at up to 5000 birds.' },
  };

  read(title: string): Article {
    return this.#articles[title] ?? { text: `There is no article on ${title}.` };
  }
}

/** One turn of the loop: reads an article; answers when nothing leads further, or else asks for another turn. */
@Node({ timeoutS: 5 })
class Researcher implements FlowNode<WorkingMemory, WorkingMemory | FinalAnswer> {
  constructor(private readonly library: Library) {}

  process(memory: WorkingMemory, ctx: NodeContext): WorkingMemory | FinalAnswer {
    const read = memory.facts as readonly string[];
    const title = read.length === 0 ? memory.query : this.library.read(read.at(-1) ?? '').see;
    if (title === undefined) return new FinalAnswer(this.#summary(read), read);
    const { text } = this.library.read(title);
    ctx.logger.info(`turn ${memory.hops + 1}: read "${title}"`);
    // A model would say how many tokens it used; a word will do here.
    return memory.with({ facts: [...read, title], tokensUsed: memory.tokensUsed + text.split(' ').length });
  }

  #summary(titles: readonly string[]): string {
    return titles.map((title) => this.library.read(title).text).join(' ');
  }
}

@Flow({ name: 'controller-sample' })
class Research {
  readonly graph = start(Researcher).loop(WorkingMemory);
}

const BUDGETS = [
  ['eight turns, the default', {}],
  ['two turns', { budgetHops: 2 }],
  ['25 tokens', { budgetTokens: 25 }],
] as const;

async function main(): Promise<void> {
  configureLogging({ level: 'info', includeExtras: false });
  await using flow = createFlow(Research);
  await flow.run();
  for (const [title, budget] of BUDGETS) {
    console.log(`\n${title}`);
    const answer = await flow.call(new WorkingMemory('huddle', budget), { timeoutS: 10 });
    console.log(`answer: ${answer.text}`);
    if (answer.citations.length > 0) console.log(`from: ${answer.citations.join(', ')}`);
  }
}

main()
  .then(() => shutdownLogging())
  .catch((error: unknown) => {
    process.exitCode = 1;
    console.error(error);
  });
