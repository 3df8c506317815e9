// Unpacks the old Chromiums that the npm packages of this folder carry: `node unpack.js` writes
// unpacked/chromium-83 and unpacked/chromium-109 beside this file and prints their paths as JSON.
"use strict";
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");

const PACKED = {
  83: "node_modules/chrome-aws-lambda/bin/chromium.br",
  109: "node_modules/@sparticuz/chromium/bin/chromium.br",
};

const made = {};
for (const [version, packed] of Object.entries(PACKED)) {
  const target = path.join(__dirname, "unpacked", `chromium-${version}`);
  if (!fs.existsSync(target)) {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    // Written beside and moved: a run that was stopped leaves no half browser behind.
    const partial = `${target}.${process.pid}`;
    fs.writeFileSync(partial, zlib.brotliDecompressSync(fs.readFileSync(path.join(__dirname, packed))), { mode: 0o755 });
    fs.renameSync(partial, target);
  }
  made[version] = target;
}
process.stdout.write(JSON.stringify(made));
