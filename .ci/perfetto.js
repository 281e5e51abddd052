// Perfetto's trace processor over stdin and stdout, as its page runs it in a worker. Usage: node perfetto.js FOLDER (of engine_bundle.js)
const fs = require('fs'), path = require('path'), vm = require('vm');
const { argv, stdin, stdout } = process;
const folder = argv[2];
const beside = (name) => fs.readFileSync(path.join(folder, path.basename(name)));
Object.assign(globalThis, {
  process: undefined, // else it takes itself to be in Node
  self: globalThis,
  location: { href: 'http://localhost/engine_bundle.js' },
  WorkerGlobalScope: class {},
  XMLHttpRequest: class {
    open(_, name) { this.name = name; }
    send() { this.response = Uint8Array.from(beside(this.name)).buffer; }
  },
});
console.log = console.warn = console.error = () => {};
vm.runInThisContext(beside('engine_bundle.js').toString());
onmessage({ data: globalThis.port = { postMessage: (bytes) => stdout.write(Buffer.from(bytes)) } });
// Until it has set itself up, what comes stays where it is.
setTimeout(() => stdin.on('data', (data) => port.onmessage({ data: new Uint8Array(data) })), 2000);
