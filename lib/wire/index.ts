export type { WireOptions } from "./endpoint.ts";
export { openPublisher, type Publisher } from "./publisher.ts";
export { type Subscription, subscribe } from "./subscription.ts";
