'use strict'

/**
 * Why the program cannot run here, in one line, or undefined where it can. `found` is a version as
 * in process.versions.node, `range` is `>=MAJOR.MINOR` as in `engines` of package.json.
 *
 * In the syntax of 2015, like run.js: it must parse on any Node that somebody may still have, or
 * the answer would be a SyntaxError.
 */
module.exports = function nodeVersionProblem(found, range) {
  const needed = /^>=(\d+)\.(\d+)/.exec(range).slice(1).map(Number)
  const parts = found.split('.').map(Number)
  if (parts[0] > needed[0] || (parts[0] === needed[0] && parts[1] >= needed[1])) return undefined
  const remedy = '`npm ci && npx streambus` in its folder brings a Node of its own'
  return `Error: streambus needs Node ${needed.join('.')} or newer and this is ${found}: ${remedy} (exit 2)`
}
