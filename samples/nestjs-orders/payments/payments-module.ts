import { Module } from '@nestjs/common';
import { PaymentClient } from './payment-client.js';

@Module({ providers: [PaymentClient], exports: [PaymentClient] })
export class PaymentsModule {}
