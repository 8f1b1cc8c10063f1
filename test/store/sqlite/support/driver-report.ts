import { expect } from 'chai';

/** What a driver has come to, as JSON. */
export interface DriverReport {
  readonly driver: string;
  readonly passed: number;
  readonly failed: readonly string[];
}

/** @param tooFew - more than that many cases have to have passed */
export function expectAllPassed(stdout: string, name: string, tooFew: number): void {
  const { driver, passed, failed } = JSON.parse(stdout) as DriverReport;
  expect(failed).to.deep.equal([]);
  expect(driver).to.equal(name);
  expect(passed).to.be.greaterThan(tooFew);
}
