#!/usr/bin/env node
'use strict';
// Plain old JavaScript: this file has to say what it needs even to a Node that is too old for the rest.
var fs = require('node:fs');
var path = require('node:path');

var needed = [22, 12];
var version = process.versions.node.split('.').map(Number);
if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) refuse();

// Compiled code is kept where only this user can write: in a shared folder others could plant some.
var xdg = process.env.XDG_CACHE_HOME || '';
var cacheRoot = path.isAbsolute(xdg) ? xdg : process.env.HOME && path.join(process.env.HOME, '.cache');
if (cacheRoot) require('node:module').enableCompileCache(path.join(cacheRoot, 'ampci', 'v8'));
require(process.env.AMPCI_UNDER_TEST ? '../dist/under-test/cli.cjs' : '../dist/cli.cjs').main();

function refuse() {
  // The development dependencies bring one along.
  var own = path.join(__dirname, '..', 'node_modules', '.bin', 'node');
  var wayOut = fs.existsSync(own) ? `; there is one: ${own} ${__filename}` : '';
  var found = `${process.versions.node} (${process.execPath})`;
  var text = `ampci needs Node ${needed.join('.')} or newer, this is ${found}${wayOut}`;
  // A monitor reads the first line of stdout, and 3 is its UNKNOWN.
  if (process.argv.indexOf('status') > 1) {
    console.log(`AMPCI UNKNOWN - ${text}`);
    process.exit(3);
  }
  console.error(text);
  process.exit(2);
}
