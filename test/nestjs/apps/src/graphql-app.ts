// A GraphQL application on Apollo, code first.
import 'reflect-metadata';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module, UseFilters, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Args,
  Field,
  GraphQLModule,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { getLogger, type EmitOptions } from 'penguiflow';
import {
  CallFlow,
  FlowErrorFilter,
  FlowRequest,
  InjectFlow,
  PenguiFlowLogger,
  PenguiFlowModule,
  StreamFlow,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from 'penguiflow/nestjs';
import { Desk, Orders, ORDERS, type OrderInput } from './orders.js';

@InputType()
class OrderIn implements OrderInput {
  @Field()
  readonly sku!: string;

  @Field(() => Boolean, { nullable: true })
  readonly wait?: boolean;
}

@ObjectType()
class Receipt {
  @Field()
  readonly sku!: string;

  @Field(() => Int)
  readonly cents!: number;
}

/** What a method gets from `@FlowRequest`. */
@ObjectType()
class Seen extends Receipt {
  @Field()
  readonly traceId!: string;

  @Field(() => Int, { nullable: true })
  readonly timeoutS?: number | undefined;

  @Field()
  readonly hasSignal!: boolean;
}

/** The header of the request; over a WebSocket there is none. */
const tenant = (request: unknown): string | undefined =>
  (request as { readonly headers?: Record<string, string | undefined> }).headers?.['x-tenant'];

@Resolver()
class OrdersResolver {
  constructor(@InjectFlow(Orders) private readonly orders: FlowHandle<typeof Orders>) {}

  @Query(() => Receipt)
  @CallFlow(Orders, { tenant })
  price(@Args('order') order: OrderIn): OrderIn {
    getLogger('resolver').info('asked', { sku: order.sku });
    return order;
  }

  @Mutation(() => Receipt)
  @CallFlow(Orders, { timeoutS: 0.05, statuses: { DEADLINE_EXCEEDED: 599 } })
  strict(@Args('order') order: OrderIn): OrderIn {
    return order;
  }

  @Mutation(() => Seen)
  @UseFilters(FlowErrorFilter)
  async byHand(@Args('order') order: OrderIn, @FlowRequest({ tenant }) options: EmitOptions): Promise<Seen> {
    const { traceId = '', timeoutS, signal } = options;
    const priced = await this.orders.call(order, options);
    return { ...priced, traceId, timeoutS, hasSignal: signal instanceof AbortSignal };
  }

  @Mutation(() => Seen)
  async unfiltered(@Args('order') order: OrderIn, @FlowRequest({ tenant }) options: EmitOptions): Promise<Seen> {
    return this.byHand(order, options);
  }

  @Mutation(() => Receipt)
  @StreamFlow(Orders)
  stream(@Args('order') order: OrderIn): OrderIn {
    return order;
  }
}

@ObjectType()
class Shelf {
  @Field()
  readonly sku!: string;
}

@Resolver(() => Shelf)
class ShelfResolver {
  @Query(() => Shelf)
  shelf(@Args('sku') sku: string): Shelf {
    return { sku };
  }

  @ResolveField(() => Receipt)
  @CallFlow(Orders)
  price(@Parent() { sku }: Shelf): OrderInput {
    return { sku };
  }
}

export interface GraphqlAppOptions {
  readonly adapter: 'express' | 'fastify';
  readonly module?: PenguiFlowModuleOptions;
  /** With a resolver of a field that has `@CallFlow`. */
  readonly fields?: boolean;
  readonly graphql?: Partial<ApolloDriverConfig>;
}

export interface GraphqlApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly desk: Desk;
}

export async function startGraphqlApp({ adapter, module, fields, graphql }: GraphqlAppOptions): Promise<GraphqlApp> {
  const resolvers: Type[] = fields === true ? [OrdersResolver, ShelfResolver] : [OrdersResolver];
  @Module({
    imports: [
      PenguiFlowModule.forRoot(module),
      PenguiFlowModule.forFeature([Orders]),
      GraphQLModule.forRoot<ApolloDriverConfig>({
        driver: ApolloDriver,
        autoSchemaFile: true,
        graphiql: false,
        subscriptions: { 'graphql-ws': true },
        ...graphql,
      }),
    ],
    providers: [...ORDERS, ...resolvers],
  })
  class AppModule {}
  const options = { bufferLogs: true, abortOnError: false, forceCloseConnections: true };
  const app =
    adapter === 'fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter({ forceCloseConnections: true }), options)
      : await NestFactory.create(AppModule, options);
  app.useLogger(app.get(PenguiFlowLogger));
  app.useGlobalFilters(new FlowErrorFilter());
  await app.listen(0, '127.0.0.1');
  return { app, url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/graphql`, desk: app.get(Desk) };
}
