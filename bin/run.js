#!/usr/bin/env node
'use strict'

// Parses on any Node, so that an old one gets a sentence instead of a SyntaxError.
const nodeVersionProblem = require('./node-version.js')
const engines = require('../package.json').engines

const problem = nodeVersionProblem(process.versions.node, engines.node)
if (problem === undefined) {
  require('./start.js')
} else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 2
}
