// A small Jupyter front end over ZeroMQ on loopback: starts a kernel's process and talks to it.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as zeromq from "zeromq";

const CHANNELS = ["shell", "control", "stdin", "iopub", "hb"];
const DELIMITER = "<IDS|MSG>";
const PATIENCE_MS = 20_000;

export class KernelClient {
  /** Everything received, oldest first, with the channel it came on. */
  received = [];
  stderr = "";
  stdout = "";
  exited;
  #child;
  #sockets;
  #key;
  #folder;
  #session = randomUUID();
  #waiting = new Set();
  #outboxes = {};
  #isSubscribed = false;

  /** @param argv from a connection file's path to a command. @returns a client whose iopub is connected. */
  static async start(argv, { cwd = process.cwd(), env = {}, key = randomUUID(), subscribe = true } = {}) {
    const client = new KernelClient();
    await client.#start(argv, cwd, env, key, subscribe);
    return client;
  }

  get pid() {
    return this.#child.pid;
  }

  get connectionFile() {
    return join(this.#folder, "connection.json");
  }

  async #start(argv, cwd, env, key, subscribe) {
    this.#key = key;
    this.#folder = mkdtempSync(join(tmpdir(), "tickbook-kernel-"));
    const ports = await freePorts(CHANNELS.length);
    const connection = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256" };
    for (const [k, name] of CHANNELS.entries()) connection[`${name}_port`] = ports[k];
    writeFileSync(this.connectionFile, JSON.stringify(connection));
    this.startedAt = performance.now();
    const [command, ...rest] = argv(this.connectionFile);
    const options = {
      cwd,
      env: { ...process.env, JPY_PARENT_PID: String(process.pid), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    };
    this.#child = spawn(command, rest, options);
    this.#child.stdout.setEncoding("utf8").on("data", (text) => (this.stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.stderr += text));
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve({ code, signal }));
    });
    const common = { linger: 0, receiveHighWaterMark: 0 };
    // Jupyter gives shell and stdin one identity: the kernel asks on stdin whoever sent on shell.
    const identity = { ...common, routingId: `client-${randomUUID()}` };
    this.#sockets = {
      shell: new zeromq.Dealer(identity),
      control: new zeromq.Dealer(common),
      stdin: new zeromq.Dealer(identity),
      iopub: new zeromq.Subscriber(common),
      hb: new zeromq.Request({ ...common, correlate: true, relaxed: true }),
    };
    for (const [k, name] of CHANNELS.entries()) this.#sockets[name].connect(`tcp://127.0.0.1:${ports[k]}`);
    this.#isSubscribed = subscribe;
    if (subscribe) this.#sockets.iopub.subscribe("");
    for (const name of ["shell", "control", "stdin", "iopub"]) void this.#read(name);
  }

  async #read(channel) {
    for await (const frames of this.#sockets[channel]) {
      const at = frames.findIndex((frame) => frame.toString() === DELIMITER);
      const parts = frames.slice(at + 2, at + 6).map((part) => part.toString());
      const isSigned = this.#sign(parts) === frames[at + 1].toString();
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part));
      const buffers = frames.slice(at + 6);
      const topic = channel === "iopub" ? frames[0].toString() : "";
      const message = {
        channel,
        topic,
        type: header.msg_type,
        header,
        parent,
        metadata,
        content,
        buffers,
        isSigned,
      };
      this.received.push({ ...message, at: performance.now() });
      for (const look of [...this.#waiting]) look();
    }
  }

  #sign(parts) {
    if (this.#key === "") return "";
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** Sends a message. @returns its id. */
  send(channel, type, content = {}, { metadata = {}, parent = {}, buffers = [] } = {}) {
    const date = new Date().toISOString();
    const id = randomUUID();
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.#session,
      username: "test",
      date,
      version: "5.4",
    };
    const parts = [header, parent, metadata, content].map((part) => JSON.stringify(part));
    this.sendFrames(channel, [DELIMITER, this.#sign(parts), ...parts, ...buffers]);
    return id;
  }

  /** Sends any frames at all. */
  sendFrames(channel, frames) {
    const socket = this.#sockets[channel];
    this.#outboxes[channel] = (this.#outboxes[channel] ?? Promise.resolve())
      .then(() => socket.send(frames))
      .catch(() => {});
    return this.#outboxes[channel];
  }

  /** The first message that fits, of those received and of those that come. */
  async find(fits, what = "a message", patienceMs = PATIENCE_MS) {
    let seen = 0;
    let look;
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        look = () => {
          for (; seen < this.received.length; seen++) {
            if (fits(this.received[seen])) return resolve(this.received[seen]);
          }
        };
        timer = setTimeout(() => {
          const last = this.received
            .slice(-12)
            .map(
              ({ channel, type, content }) => `${channel} ${type} ${JSON.stringify(content).slice(0, 200)}`,
            );
          reject(
            new Error(
              `${what} did not come in ${patienceMs} ms; last:\n${last.join("\n")}\nstderr: ${this.stderr}`,
            ),
          );
        }, patienceMs);
        this.#waiting.add(look);
        look();
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  reply(id, patienceMs = PATIENCE_MS) {
    return this.find(
      ({ channel, parent, type }) => channel !== "iopub" && parent.msg_id === id && type.endsWith("_reply"),
      `the reply to ${id}`,
      patienceMs,
    );
  }

  idle(id, patienceMs = PATIENCE_MS) {
    return this.find(
      ({ type, parent, content }) =>
        type === "status" && parent.msg_id === id && content.execution_state === "idle",
      `idle after ${id}`,
      patienceMs,
    );
  }

  /** What iopub told because of a request. */
  iopub(id) {
    return this.received.filter(({ channel, parent }) => channel === "iopub" && parent.msg_id === id);
  }

  /** Sends a request, waits for its reply and for idle. */
  async request(type, content = {}, { channel = "shell", metadata = {}, patienceMs = PATIENCE_MS } = {}) {
    const id = this.send(channel, type, content, { metadata });
    const [reply] = await Promise.all([this.reply(id, patienceMs), this.idle(id, patienceMs)]);
    return { id, reply, iopub: this.iopub(id) };
  }

  execute(code, options = {}, { metadata = {}, patienceMs = PATIENCE_MS } = {}) {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...options,
    };
    return this.request("execute_request", content, { metadata, patienceMs });
  }

  /** Waits for the first answer, and until iopub is heard too. @returns the milliseconds from start to that answer. */
  async ready(patienceMs = PATIENCE_MS) {
    const info = await this.reply(this.send("shell", "kernel_info_request"), patienceMs);
    const ms = performance.now() - this.startedAt;
    const isHeard = () => this.received.some(({ channel, type }) => channel === "iopub" && type === "status");
    for (let left = patienceMs; this.#isSubscribed && !isHeard() && left > 0; left -= 20) {
      await this.reply(this.send("shell", "kernel_info_request"), patienceMs);
      await sleep(20);
    }
    return { ms, info };
  }

  async heartbeat(bytes = Buffer.from("ping")) {
    await this.#sockets.hb.send(bytes);
    const [answer] = await this.#sockets.hb.receive();
    return answer;
  }

  subscribe(topic) {
    this.#sockets.iopub.subscribe(topic);
  }

  /** Ends the kernel, politely at first. @returns how it ended. */
  async close() {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      this.send("control", "shutdown_request", { restart: false });
      const timer = setTimeout(() => child.kill("SIGKILL"), 4000);
      await this.exited;
      clearTimeout(timer);
    }
    const end = await this.exited;
    for (const socket of Object.values(this.#sockets)) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
    await sleep(0);
    return end;
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve))),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
