import { createServer } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeValue } from "#core";
import { openPublisher, type Publisher, subscribe } from "#wire";

async function publisherAt(endpoint: string): Promise<Publisher> {
  const publisher = await openPublisher(endpoint);
  onTestFinished(() => publisher.close());
  return publisher;
}

/** What comes on a topic; `until` waits for a message that fits. */
async function listener(endpoint: string, topic: string) {
  const messages: unknown[] = [];
  let wake = () => {};
  const subscription = await subscribe(endpoint, topic, (message) => {
    messages.push(message);
    wake();
  });
  onTestFinished(() => subscription.close());
  return {
    messages,
    subscription,
    async until(fits: (message: unknown) => boolean): Promise<void> {
      while (!messages.some(fits)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Publishes until the listener hears it: a subscription takes a moment to arrive. */
async function connected(
  publisher: Publisher,
  topic: string,
  to: Awaited<ReturnType<typeof listener>>,
  mark: string,
) {
  const timer = setInterval(() => publisher.publish(topic, { mark }), 10);
  try {
    await to.until((message) => (message as { mark?: unknown }).mark === mark);
  } finally {
    clearInterval(timer);
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: { code?: unknown }) => error.code,
  );

describe("bus", () => {
  it("brings messages in order, whole, to those who subscribed to just this topic", async () => {
    const publisher = await publisherAt("tcp://127.0.0.1:0");
    const to = await listener(publisher.endpoint, "fills");
    const other = await listener(publisher.endpoint, "fill");
    await connected(publisher, "fills", to, "start");
    await connected(publisher, "fill", other, "start");
    const message = fc.record({ text: fc.string(), number: fc.double(), list: fc.array(fc.bigInt()) });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (sent) => {
        to.messages.length = 0;
        const end = encodeValue(sent);
        for (const one of sent) publisher.publish("fills", one);
        publisher.publish("fills", { end });
        await to.until((found) => (found as { end?: unknown }).end === end);
        const received = to.messages.filter((found) => !("mark" in (found as object)));
        expect(encodeValue(received)).toBe(encodeValue([...sent, { end }]));
      }),
      { numRuns: 30 },
    );
    expect(other.messages.every((found) => (found as { mark?: unknown }).mark === "start")).toBe(true);
    expect([publisher.dropped, publisher.refused, to.subscription.malformed]).toEqual([0, 0, 0]);
  });

  it("a subscription waits for its publisher, and outlives restarts on the same port", async () => {
    const first = await openPublisher("tcp://127.0.0.1:0");
    await first.close();
    const to = await listener(first.endpoint, "status");
    for (const mark of ["late", "again", "and again"]) {
      const publisher = await openPublisher(first.endpoint);
      await connected(publisher, "status", to, mark);
      await publisher.close();
      await publisher.close();
      publisher.publish("status", { mark: "after closing" });
    }
    expect(JSON.stringify(to.messages)).not.toContain("after closing");
  });

  it("keeps the newest of every topic when more is published than can be sent", async () => {
    const publisher = await publisherAt("tcp://127.0.0.1:0");
    const quotes = await listener(publisher.endpoint, "quotes");
    const halts = await listener(publisher.endpoint, "halts");
    await connected(publisher, "quotes", quotes, "start");
    await connected(publisher, "halts", halts, "start");
    publisher.publish("halts", { halt: 1 });
    for (let number = 1; number <= 5000; number++) publisher.publish("quotes", { number });
    await quotes.until((found) => (found as { number?: unknown }).number === 5000);
    await halts.until((found) => (found as { halt?: unknown }).halt === 1);
    const numbers = quotes.messages.flatMap((found) => (found as { number?: number }).number ?? []);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(publisher.dropped).toBe(5000 - numbers.length);
    expect(publisher.dropped).toBeGreaterThan(3000);
  });

  it("a subscriber that does not read holds up nobody", async () => {
    const publisher = await publisherAt("tcp://127.0.0.1:0");
    const to = await listener(publisher.endpoint, "book");
    await connected(publisher, "book", to, "start");
    const zeromq = await import("zeromq");
    const asleep = new zeromq.Subscriber({ linger: 0, receiveHighWaterMark: 1 });
    onTestFinished(() => asleep.close());
    asleep.connect(publisher.endpoint);
    asleep.subscribe("book");
    const timer = setInterval(() => publisher.publish("book", { mark: "wake" }), 10);
    await asleep.receive();
    clearInterval(timer);
    const filler = "x".repeat(20_000);
    for (let number = 0; number < 4000; number++) {
      publisher.publish("book", { number, filler });
      // One turn each, so that what is sent is not limited by what waits.
      if (number % 100 === 99) await to.until((found) => (found as { number?: unknown }).number === number);
    }
    expect(publisher.dropped).toBe(0);
  });

  it("counts what it can't read or send, and goes on", async () => {
    const zeromq = await import("zeromq");
    const foreign = new zeromq.Publisher({ linger: 0 });
    onTestFinished(() => foreign.close());
    await foreign.bind("tcp://127.0.0.1:*");
    const to = await listener(foreign.lastEndpoint!, "topic");
    while (to.messages.length === 0) {
      await foreign.send(["topic", encodeValue({ mark: "start" })]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const bad = [
      ["topic"],
      ["topic", "{"],
      ["topic", "{}", "{}"],
      ["topic", '{"$":"Cow","bytes":""}'],
      ["topic", ""],
    ];
    for (const frames of bad) await foreign.send(frames);
    await foreign.send(["topic", encodeValue({ mark: "end" })]);
    await to.until((found) => (found as { mark?: unknown }).mark === "end");
    expect(to.subscription.malformed).toBe(bad.length);

    const publisher = await publisherAt("tcp://127.0.0.1:0");
    publisher.publish("topic", { bad: () => 1 });
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    publisher.publish("topic", cycle);
    expect(publisher.refused).toBe(2);
  });

  it("refuses an address that is in use, open to others, or none", async () => {
    const publisher = await publisherAt("tcp://127.0.0.1:0");
    expect(await codeOf(openPublisher(publisher.endpoint))).toBe("wire.address-in-use");
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    expect(await codeOf(openPublisher(`tcp://127.0.0.1:${port}`))).toBe("wire.address-in-use");
    for (const open of ["0.0.0.0", "*", "192.0.2.1", "127.0.0.1.example.org", "[::]", "[::ffff:1.2.3.4]"]) {
      expect(await codeOf(openPublisher(`tcp://${open}:0`))).toBe("wire.not-loopback");
      expect(await codeOf(subscribe(`tcp://${open}:1`, "t", () => {}))).toBe("wire.not-loopback");
    }
    for (const none of [
      "",
      "127.0.0.1:1",
      "tcp://127.0.0.1",
      "tcp://127.0.0.1:70000",
      "ipc:///tmp/x",
      "tcp://a b:1",
    ]) {
      expect(await codeOf(openPublisher(none))).toBe("wire.bad-endpoint");
    }
    expect(await codeOf(openPublisher("tcp://192.0.2.1:0", { allowRemote: true }))).toBe("wire.bad-endpoint");
  });
});
