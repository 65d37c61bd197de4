// Runs one peer of the npm registry over a folder of documents and prints what came of it as JSON.
//
// `peers` starts it in that peer's own folder: `node peer_work.mjs NAME SECONDS FOLDER`. The answer
// is that of `peer_work.py`: {"accepted": [file names], "us": CPU µs per accepted document,
// "total": files}. The best of many rounds counts, after the engine has compiled what it runs often.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "here.js"));

const PEERS = {
  "@medplum/ccda": () => {
    const { convertCcdaToFhir, convertXmlToCcda } = require("@medplum/ccda");
    return (text) => convertCcdaToFhir(convertXmlToCcda(text));
  },
  "@medplum/core": () => {
    const { Hl7Message } = require("@medplum/core");
    return (text) => {
      const message = Hl7Message.parse(text);
      const field = (segment, number) => message.getSegment(segment).getField(number).toString();
      return [field("MSH", 9), field("PID", 5)];
    };
  },
};

const [name, seconds, folder] = process.argv.slice(2);
console.log = console.warn = console.info = () => {};
const read = PEERS[name]();
const files = readdirSync(folder).sort();
const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
const accepted = files.filter((file) => {
  try {
    return Boolean(read(texts.get(file)));
  } catch {
    return false;
  }
});
let best = Infinity;
const end = performance.now() + Number(seconds) * 1000;
const rounds = accepted.length === 0 ? 0 : 3;
for (let round = 0; round < rounds || (rounds > 0 && performance.now() < end); round++) {
  const start = process.cpuUsage();
  for (const file of accepted) read(texts.get(file));
  const { user, system } = process.cpuUsage(start);
  best = Math.min(best, (user + system) / accepted.length);
}
const us = accepted.length === 0 ? null : best;
process.stdout.write(JSON.stringify({ accepted, us, total: files.length }) + "\n");
