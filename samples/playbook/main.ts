import 'reflect-metadata';

import {
  configureLogging,
  createFlow,
  Flow,
  FlowError,
  Node,
  OnFlowEvent,
  Middleware,
  start,
  type FlowEvent,
  type FlowNode,
  type NodeContext,
} from 'penguiflow';

class Trip {
  constructor(
    readonly to: string,
    readonly nights: number,
  ) {}
}

/** The outside world: a hotel whose line is busy the first time, and has no room on the ice. */
class Hotels {
  #calls = 0;

  async reserve({ to, nights }: Trip): Promise<string> {
    this.#calls++;
    if (this.#calls === 1) throw new Error('line is busy');
    if (to === 'South Pole') throw new Error(`no hotel at the ${to}`);
    return `${nights} nights in ${to}`;
  }
}

@Node()
class FindFlight implements FlowNode<Trip, string> {
  process({ to }: Trip): string {
    return `PF-${to.length} to ${to}`;
  }
}

@Node()
class BookSeat implements FlowNode<string, string> {
  process(flight: string): string {
    return `seat 12A on ${flight}`;
  }
}

/** A playbook of two nodes. */
@Flow({ name: 'flight-booking' })
class FlightBooking {
  readonly graph = start(FindFlight).to(BookSeat);
}

@Node({ maxRetries: 1, backoffBaseS: 0.01 })
class ReserveRoom implements FlowNode<Trip, string> {
  constructor(private readonly hotels: Hotels) {}

  process(trip: Trip): Promise<string> {
    return this.hotels.reserve(trip);
  }
}

/** A playbook whose node is retried. */
@Flow({ name: 'room-booking' })
class RoomBooking {
  readonly graph = start(ReserveRoom);
}

/** Calls both playbooks at once. They have its trace id, its tenant, its deadline, and end when it ends. */
@Node({ timeoutS: 5 })
class PlanTrip implements FlowNode<Trip, string> {
  async process(trip: Trip, ctx: NodeContext): Promise<string> {
    const [seat, room] = await Promise.all([
      ctx.call(FlightBooking, trip, { timeoutS: 2 }),
      ctx.call(RoomBooking, trip, { timeoutS: 2 }).catch((error: unknown) => {
        if (!FlowError.is(error, 'NODE_EXCEPTION')) throw error;
        return `a tent (${error.message})`;
      }),
    ]);
    return `${seat}; ${room}`;
  }
}

/** Sees the events of the playbooks too, because they are called from this flow. */
@Middleware()
class Itinerary {
  @OnFlowEvent('node_success', 'node_retry', 'node_failed')
  note({ traceId, flowName, nodeName, eventType }: FlowEvent): void {
    console.log(`${traceId}  ${flowName}/${nodeName} ${eventType}`);
  }
}

@Flow({ name: 'trips', middlewares: [Itinerary] })
class Trips {
  readonly graph = start(PlanTrip);
}

async function main(): Promise<void> {
  configureLogging({ level: 'warn', destination: 'stderr' });
  await using flow = createFlow(Trips);
  await flow.run();
  for (const [index, to] of ['Ushuaia', 'South Pole'].entries()) {
    console.log(await flow.call(new Trip(to, 3), { traceId: `trip-${index + 1}`, timeoutS: 10 }));
  }
}

main().catch((error: unknown) => {
  process.exitCode = 1;
  console.error(error);
});
