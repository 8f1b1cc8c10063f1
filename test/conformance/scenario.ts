/** A node's behaviour as data; `op` says which, the other keys are its parameters. */
export interface BehaviourSpec {
  readonly op: string;
  readonly [parameter: string]: unknown;
}

export interface NodeSpec {
  readonly name: string;
  readonly behaviour: BehaviourSpec;
  /** Keys that are left out take the library's defaults. */
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly allow_cycle?: boolean;
}

export interface GraphSpec {
  readonly nodes: readonly NodeSpec[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface StepSpec {
  readonly op: string;
  readonly [parameter: string]: unknown;
}

/** Picks recorded events; what is left out matches everything. */
export interface EventSelector {
  readonly event?: string;
  readonly node?: string;
  readonly trace?: string;
  /** Which of those that match, from 0. */
  readonly nth?: number;
}

interface ExpectedOutput {
  readonly step: number;
  readonly order: 'exact' | 'any' | 'per_trace';
  readonly items: readonly unknown[];
}

type PerNodeAndTrace = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What must be seen; a section that is absent is not checked. */
export interface Expectations {
  readonly outputs?: readonly ExpectedOutput[];
  readonly events_by_trace_and_node?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly counts_by_event_type?: Readonly<Record<string, number>>;
  readonly payload_fields?: readonly {
    readonly select: EventSelector;
    readonly fields: Readonly<Record<string, unknown>>;
  }[];
  readonly node_invocations?: PerNodeAndTrace;
  readonly node_interrupted?: PerNodeAndTrace;
  readonly happens_before?: readonly (readonly [EventSelector, EventSelector])[];
}

/** One golden scenario; see `golden/README.md` for the format. */
export interface Scenario extends GraphSpec {
  readonly name: string;
  readonly rule: string;
  readonly queue_maxsize?: number;
  readonly emit_errors_to_rookery?: boolean;
  readonly allow_cycles?: boolean;
  readonly throwing_middleware?: boolean;
  readonly steps: readonly StepSpec[];
  readonly expect: Expectations;
}
