export type {
  AccountState,
  Exchange,
  ExchangeKey,
  ExchangeOptions,
  ExchangeState,
  Jitter,
  OpenOrderState,
} from "./options.ts";
export { startExchange } from "./start-exchange.ts";
