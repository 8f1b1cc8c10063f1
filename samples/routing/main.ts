import 'reflect-metadata';
import { fileURLToPath } from 'node:url';

import {
  configureLogging,
  createFlow,
  Flow,
  MapRoutingPolicy,
  Node,
  predicateRouter,
  start,
  type FlowNode,
  type NodeContext,
} from 'penguiflow';

/** This file is built to `dist/samples/routing/`. */
const HOME = new URL('../../../', import.meta.url);

/** What comes into the help desk. The fields tell the classes apart, for the compiler. */
class Question {
  readonly kind = 'question';
  constructor(readonly text: string) {}
}

class Incident {
  readonly kind = 'incident';
  constructor(
    readonly text: string,
    readonly severity: number,
  ) {}
}

/** What a desk did with a ticket. */
class Handled {
  constructor(
    readonly by: string,
    readonly text: string,
  ) {}
}

/** Tells questions from incidents. */
@Node()
class ReadTicket implements FlowNode<string, Question | Incident> {
  process(line: string): Question | Incident {
    const severity = /^sev(\d) /.exec(line);
    return severity === null ? new Question(line) : new Incident(line.slice(5), Number(severity[1]));
  }
}

/** By predicate: who is woken up depends on how bad it is. */
const Triage = predicateRouter('Triage', (incident: Incident) => (incident.severity === 1 ? OnCall : 'Backlog'));

/** By policy file: who answers a tenant's questions is a decision of the help desk and not of the program. */
const byTenant = MapRoutingPolicy.fromJsonFile(fileURLToPath(new URL('samples/routing/teams.json', HOME)), {
  key: ({ tenant }) => tenant,
  fallback: 'Support',
});
const Teams = predicateRouter<Question>('Teams', () => ['Support', 'AccountManager'], { policy: byTenant });

@Node()
class OnCall implements FlowNode<Incident, Handled> {
  process({ text }: Incident): Handled {
    return new Handled('on-call engineer, now', text);
  }
}

@Node()
class Backlog implements FlowNode<Incident, Handled> {
  process({ text }: Incident): Handled {
    return new Handled('engineers, on Monday', text);
  }
}

@Node()
class Support implements FlowNode<Question, Handled> {
  process({ text }: Question): Handled {
    return new Handled('support', text);
  }
}

@Node()
class AccountManager implements FlowNode<Question, Handled> {
  process({ text }: Question, ctx: NodeContext): Handled {
    return new Handled(`account manager of ${ctx.tenant}`, text);
  }
}

@Flow({ name: 'routing-sample' })
class HelpDesk {
  readonly graph = start(ReadTicket)
    // By class: a class without a branch would not compile.
    .on(Question, Teams)
    .on(Incident, Triage)
    .from(Triage)
    .to(OnCall, Backlog)
    .from(Teams)
    .to(Support, AccountManager);
}

const TICKETS = [
  ['initech', 'where is my invoice?'],
  ['acme', 'can we have a discount?'],
  ['spam-corp', 'do you want to be rich?'],
  ['hooli', 'how do I log in?'],
  ['acme', 'sev1 nothing works'],
  ['initech', 'sev3 the button is blue'],
] as const;

async function main(): Promise<void> {
  configureLogging({ level: 'warn', destination: 'stderr' });
  const flow = createFlow(HelpDesk);
  await flow.run();
  const handled = (async () => {
    for await (const { traceId, value, error } of flow.results()) {
      const by = value === undefined ? `failed: ${error?.message}` : `${value.by}: ${value.text}`;
      console.log(`${traceId.padEnd(9)} -> ${by}`);
    }
  })();
  for (const [index, [tenant, line]] of TICKETS.entries()) {
    await flow.emit(line, { tenant, traceId: `ticket-${index + 1}` });
  }
  const { drained } = await flow.stop({ drainS: 5 });
  await handled;
  console.log(`all done: ${drained}`);
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  console.error(error);
});
