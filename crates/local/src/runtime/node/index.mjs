// One worker of a Node.js function: loads its code, then answers one request at a time, as Lambda's Node.js runtime does.
//
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html, nodejs-context.html and nodejs-exceptions.html give the contract.
// A message is two frames: a JSON header, then the bytes of the payload. A frame is four bytes of length, most significant first,
// then the bytes.
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";

const [descriptor, order] = process.argv.splice(2);
const { handler: NAME, facts, places } = JSON.parse(order);
const ROOT = process.env.LAMBDA_TASK_ROOT;
// Stands for a line's end within one log event; the endpoint puts it back.
const INNER_LINE_END = "\x1e";

const socket = new net.Socket({ fd: Number(descriptor), readable: true, writable: true });

function send(header, payload) {
  header.memory_kb = process.resourceUsage().maxRSS;
  const parts = [Buffer.from(JSON.stringify(header)), Buffer.from(payload)].flatMap((bytes) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return new Promise((sent) => socket.write(Buffer.concat(parts), sent));
}

// The log: what Lambda makes of `console`.

let requestId;

function logged(level, text) {
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${text}`;
}

const LEVELS = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };
for (const [name, level] of Object.entries(LEVELS)) {
  console[name] = (...values) => {
    process.stdout.write(logged(level, util.format(...values)).replaceAll("\n", INNER_LINE_END) + "\n");
  };
}

// Errors, as the runtime interface client writes them.

class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function asOnAws(text) {
  return places.reduce((text, [place, name]) => text.replaceAll(place, name), text);
}

function told(error) {
  if (!util.types.isNativeError(error) && !(error && error.name && error.message && error.stack)) {
    return { errorType: typeof error, errorMessage: asOnAws(String(error)), trace: [] };
  }
  const trace = asOnAws(String(error.stack)).split("\n");
  return { errorType: String(error.name), errorMessage: asOnAws(String(error.message)), trace };
}

function failure(error, prefix) {
  const { errorType, errorMessage, trace } = told(error);
  const own = util.types.isNativeError(error) ? Object.fromEntries(Object.entries(error).filter(([name]) => name !== "name")) : {};
  let log;
  try {
    log = JSON.stringify({ errorType, errorMessage, ...own, stack: trace });
  } catch {
    log = JSON.stringify({ errorType, errorMessage, stack: trace });
  }
  return [{ kind: "failure", log: logged("ERROR", `${prefix} \t${asOnAws(log)}`) }, JSON.stringify({ errorType, errorMessage, trace })];
}

// The handler.

function fileOf(module) {
  const base = path.resolve(ROOT, module);
  return [".js", ".mjs", ".cjs"].map((extension) => base + extension).find((file) => fs.existsSync(file));
}

// Whether the nearest package.json says that `.js` is a module.
function isModule(file) {
  if (!file.endsWith(".js")) return file.endsWith(".mjs");
  for (let folder = path.dirname(file); folder.startsWith(ROOT); folder = path.dirname(folder)) {
    const about = path.join(folder, "package.json");
    if (fs.existsSync(about)) return JSON.parse(fs.readFileSync(about, "utf8")).type === "module";
  }
  return false;
}

async function load() {
  const base = path.basename(NAME);
  const found = /^([^.]*)\.(.*)$/.exec(base);
  if (NAME.includes("..") || !found) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const module = NAME.slice(0, NAME.length - base.length) + found[1];
  let loaded;
  try {
    const file = fileOf(module);
    if (!file) {
      const error = new Error(`Cannot find module '${module}'`);
      error.code = "MODULE_NOT_FOUND";
      throw error;
    }
    loaded = isModule(file) ? await import(pathToFileURL(file)) : createRequire(import.meta.url)(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw fault("Runtime.UserCodeSyntaxError", error);
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) throw fault("Runtime.ImportModuleError", error);
    throw error;
  }
  const handler = found[2].split(".").reduce((holder, name) => holder?.[name] ?? holder?.default?.[name], loaded);
  if (handler === undefined) throw new Fault("Runtime.HandlerNotFound", `${NAME} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("Runtime.HandlerNotFound", `${NAME} is not a function`);
  return handler;
}

function fault(name, cause) {
  const own = new Fault(name, String(cause));
  own.stack = `${name}: ${cause.stack}`;
  return own;
}

class Context {
  constructor(request) {
    const deadline = performance.now() + request.timeout_ms;
    this.callbackWaitsForEmptyEventLoop = true;
    this.functionVersion = facts.version;
    this.functionName = facts.name;
    this.memoryLimitInMB = String(facts.memory_mb);
    this.logGroupName = facts.log_group;
    this.logStreamName = facts.log_stream;
    this.clientContext = undefined;
    this.identity = undefined;
    this.invokedFunctionArn = request.arn;
    this.awsRequestId = request.request_id;
    this.getRemainingTimeInMillis = () => Math.max(Math.trunc(deadline - performance.now()), 0);
  }
}

let handler;
let answer;

// Runs the handler; what it returns, or hands to its callback, or nothing where it has nothing left to do.
function run(request, event) {
  return new Promise((resolve, reject) => {
    answer = { resolve, reject };
    const callback = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const context = new Context(request);
    context.done = callback;
    context.succeed = (result) => resolve(result);
    context.fail = (error) => reject(error ?? "handled");
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") {
      Promise.resolve(result).then(resolve, reject);
    } else if (result !== undefined && handler.length < 3) {
      resolve(null);
    }
  });
}

async function serve(header, payload) {
  const request = JSON.parse(header);
  requestId = request.request_id;
  process.env._X_AMZN_TRACE_ID = request.trace_id ?? "";
  let message;
  // While a handler works, only what it waits for keeps the process.
  socket.unref();
  try {
    const result = await run(request, JSON.parse(payload));
    let text;
    try {
      text = JSON.stringify(result === undefined ? null : result);
    } catch {
      throw new Error("Unable to stringify response body");
    }
    message = [{ kind: "result" }, text ?? "null"];
  } catch (error) {
    message = failure(error, "Invoke Error");
  }
  answer = undefined;
  socket.ref();
  await send(...message);
}

// With nothing left to wait for, a handler that has not answered answers nothing.
process.on("beforeExit", () => answer?.resolve(null));

async function last(error, prefix) {
  const message = failure(error, prefix);
  socket.ref();
  await send(...message);
  process.exit(prefix === "Uncaught Exception" ? 129 : 128);
}

process.on("uncaughtException", (error) => last(error, "Uncaught Exception"));
process.on("unhandledRejection", (reason) => {
  const rejected = new Fault("Runtime.UnhandledPromiseRejection", reason?.toString());
  rejected.reason = reason instanceof Error ? undefined : reason;
  rejected.stack = `Runtime.UnhandledPromiseRejection: ${reason instanceof Error ? reason.stack : reason}`;
  last(rejected, "Unhandled Promise Rejection");
});

// Requests, one after the other.

let have = Buffer.alloc(0);
let frames = [];
let turn = Promise.resolve();

socket.on("data", (bytes) => {
  have = Buffer.concat([have, bytes]);
  while (have.length >= 4 && have.length >= 4 + have.readUInt32BE(0)) {
    const end = 4 + have.readUInt32BE(0);
    frames.push(have.subarray(4, end));
    have = have.subarray(end);
    if (frames.length === 2) {
      const [header, payload] = frames;
      frames = [];
      turn = turn.then(() => serve(header, payload));
    }
  }
});
socket.on("end", () => process.exit(0));
socket.on("error", () => process.exit(0));

const begun = performance.now();
try {
  handler = await load();
  await send({ kind: "ready", init_ms: performance.now() - begun }, "");
} catch (error) {
  const [header, payload] = failure(error, "Uncaught Exception");
  header.init_ms = performance.now() - begun;
  await send(header, payload);
  process.exit(1);
}
