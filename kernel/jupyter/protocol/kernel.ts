import { NamesService } from "../language/names.ts";
import { isStrict, strictError } from "../language/strict.ts";
import { TypedService } from "../language/typed-service.ts";
import { type ServiceContext, workerTargets } from "../services/index.ts";
import type { InputAnswer, Question, ToMain, ToWorker } from "../threads.ts";
import type { Codec, Content, IncomingMessage, OutgoingMessage } from "../wire/message.ts";
import type { RouterName } from "../wire/sockets.ts";
import { Cells } from "./cells.ts";
import { CommDesk } from "./comms.ts";
import { ExecuteQueue } from "./execute.ts";
import { History } from "./history.ts";
import { InputDesk } from "./input.ts";
import type { Interrupter } from "./interrupt.ts";
import { Iopub } from "./iopub.ts";
import { kernelInfo, packageVersion } from "./kernel-info.ts";
import { LanguageRequests } from "./language-requests.ts";
import { errorReply, type Request, replyType } from "./request.ts";

/** How long the main thread may take to tell that an interrupted cell has ended. */
const TOLD_MS = 500;

/** What a kernel needs from the thread that it runs in. */
export interface KernelPort {
  readonly root: string;
  readonly home: string;
  send(channel: RouterName | "iopub", frames: (Buffer | string | Uint8Array)[]): void;
  toMain(message: ToMain): void;
  answerInput(answer: InputAnswer): void;
  /** Ends the process once everything has been sent. */
  shutDown(): void;
  /** For the log: the terminal that Jupyter runs in. */
  log(text: string): void;
  readonly interrupter: Interrupter;
}

/** Answers every request; `undefined` stands for a message that has no reply. */
type Handler = (request: Request) => Content | undefined | Promise<Content | undefined>;

/** The protocol, between the sockets and the main thread. */
export class Kernel {
  private readonly port: KernelPort;
  private readonly codec: Codec;
  private readonly cells = new Cells();
  private readonly iopub: Iopub;
  private readonly queue: ExecuteQueue;
  private readonly input: InputDesk;
  private readonly comms: CommDesk;
  private readonly language: TypedService;
  private readonly frozen = new Map<string, { hash: string; cell: number; cellId?: string }>();
  private readonly handlers: ReadonlyMap<string, Handler>;
  private readonly questions = new Map<number, (answer: unknown) => void>();
  private asked = 0;

  constructor(codec: Codec, port: KernelPort) {
    this.port = port;
    this.codec = codec;
    const { cells } = this;
    this.iopub = new Iopub((topic, message) => port.send("iopub", codec.encode([topic], message)));
    const history = new History(port.home);
    const language = new TypedService(
      port.root,
      new NamesService((question) => this.ask(question)),
      port.log,
    );
    this.language = language;
    this.queue = new ExecuteQueue({
      cells,
      history,
      iopub: this.iopub,
      reply: (request, content, extra) => this.reply(request, content, extra),
      run: async (request) => {
        await port.interrupter.settled();
        port.toMain(request);
      },
      refusal: async (source) => (isStrict(source) ? strictError(await language.check(source)) : undefined),
      ran: ({ cell, source }) => language.ran(cell, source),
    });
    this.input = new InputDesk({
      cells,
      send: (identities, message) => {
        // What the cell printed before stands above the question.
        this.iopub.flush();
        port.send("stdin", codec.encode(identities, message));
      },
      answer: port.answerInput,
    });
    this.comms = this.openComms();
    this.handlers = this.createHandlers(history, new LanguageRequests(language));
  }

  start(): void {
    this.iopub.status("starting", {});
  }

  /** A front end has subscribed to iopub: it is told from when on it misses nothing. */
  subscribed(topic: Buffer): void {
    const content = { subscription: topic.toString("utf8") };
    this.iopub.flush();
    this.port.send("iopub", this.codec.encode([topic], { type: "iopub_welcome", parent: {}, content }));
  }

  /** Frames from a socket. Whatever they hold, the kernel goes on. */
  received(channel: RouterName, frames: readonly Buffer[]): void {
    const message = this.codec.decode(frames);
    if (typeof message === "string") this.port.log(`dropped a message on ${channel}: ${message}`);
    else if (channel === "stdin") this.input.received(message);
    else void this.handle({ ...message, channel });
  }

  /** A message of the main thread. */
  told(message: ToWorker): void {
    const { cells, iopub } = this;
    const silent = "cell" in message && cells.of(message.cell)?.isSilent === true;
    switch (message.kind) {
      case "ready":
        return;
      case "stream":
        if (!silent) iopub.stream(cells.parentOf(message.cell), message.name, message.text);
        return;
      case "display":
        if (!silent) this.display(message);
        return;
      case "clear":
        if (!silent) iopub.publish("clear_output", cells.parentOf(message.cell), { wait: message.wait });
        return;
      case "done":
        this.queue.done(message);
        return;
      case "interrupted":
        this.port.interrupter.acknowledgedBy(message.ticket);
        return;
      case "input":
        this.input.ask(message.cell, message.prompt, message.isPassword);
        return;
      case "comm":
        this.comms.sent(message.message, message.cell);
        return;
      case "target":
        this.comms.registered(message.target);
        return;
      case "frozen": {
        const { binding, cell, hash } = message;
        const cellId = cells.ids.get(cell);
        this.frozen.set(binding, { hash, cell, ...(cellId === undefined ? {} : { cellId }) });
        return;
      }
      case "answer":
        this.questions.get(message.id)?.(message.answer);
        this.questions.delete(message.id);
        return;
    }
  }

  /** Tells the comms that the kernel ends, and sends what waits. */
  close(): void {
    this.comms.close();
    this.language.close();
    this.iopub.flush();
  }

  private createHandlers(history: History, language: LanguageRequests): ReadonlyMap<string, Handler> {
    const comm: Handler = (request) => {
      this.comms.received(request);
      return undefined;
    };
    return new Map<string, Handler>([
      ["kernel_info_request", kernelInfo],
      ["complete_request", (request) => language.complete(request)],
      ["inspect_request", (request) => language.inspect(request)],
      ["is_complete_request", (request) => language.isComplete(request)],
      ["history_request", (request) => history.answer(request)],
      ["comm_info_request", ({ content }) => this.comms.info(content.target_name)],
      ["comm_open", comm],
      ["comm_msg", comm],
      ["comm_close", comm],
      ["interrupt_request", () => this.interrupt()],
      ["shutdown_request", (request) => this.shutDown(request)],
      ["debug_request", debugAnswer],
    ]);
  }

  private async handle(request: Request): Promise<void> {
    const { header } = request;
    if (header.msg_type === "execute_request") return this.queue.add(request);
    this.iopub.status("busy", header);
    try {
      const content = await this.handlers.get(header.msg_type)?.(request);
      if (content) this.reply(request, content);
    } catch (error) {
      this.reply(request, errorReply(error));
    }
    this.iopub.status("idle", header);
    this.queue.sayBusy();
    if (header.msg_type === "shutdown_request") this.port.shutDown();
  }

  private reply(request: Request, content: Content, extra: Partial<OutgoingMessage> = {}): void {
    const { channel, header, identities } = request;
    // Whoever has the reply shall find on iopub what came before it.
    this.iopub.flush();
    const type = replyType(header.msg_type);
    this.port.send(channel, this.codec.encode(identities, { type, parent: header, content, ...extra }));
  }

  private display({ cell, bundle, id, update }: Extract<ToWorker, { kind: "display" }>): void {
    const transient = id === undefined ? "{}" : JSON.stringify({ display_id: id });
    const json = `{"data":${bundle},"metadata":{},"transient":${transient}}`;
    const type = update ? "update_display_data" : "display_data";
    this.iopub.publish(type, this.cells.parentOf(cell), { json });
  }

  private async interrupt(): Promise<Content> {
    this.input.cancel();
    await this.port.interrupter.interrupt();
    void this.queue.stopped(TOLD_MS);
    return { status: "ok" };
  }

  private shutDown({ content }: IncomingMessage): Content {
    return { status: "ok", restart: content.restart === true };
  }

  private openComms(): CommDesk {
    const { root, home } = this.port;
    const context: ServiceContext = {
      root,
      home,
      version: packageVersion("tickbook"),
      frozen: () => this.frozen,
      diagnose: (cells) => this.language.diagnose(cells),
    };
    return new CommDesk({
      cells: this.cells,
      iopub: this.iopub,
      targets: workerTargets(context),
      toMain: (message) => this.port.toMain({ kind: "comm", message }),
      failed: (error) =>
        this.port.log(`a comm's handler failed: ${(error as Error)?.stack ?? String(error)}`),
    });
  }

  private ask(question: Question): Promise<unknown> {
    const id = ++this.asked;
    this.port.toMain({ kind: "ask", id, question });
    return new Promise((resolve) => this.questions.set(id, resolve));
  }
}

/** In the form of the Debug Adapter Protocol, which the request carries. */
function debugAnswer({ content }: Request): Content {
  return {
    type: "response",
    request_seq: content.seq ?? 0,
    command: content.command ?? "",
    success: false,
    message: "this kernel has no debugger",
    body: {},
  };
}
