import {expect, test} from 'vitest'
import {parseGateFile} from './gate-file.ts'

test('budgets as a text and as a mapping, with the level and what an open question means', () => {
  const text = `
confidence: 0.9
undecided: fail
budgets:
  - msgs/s=5%
  - {unit: p99-ns, benchmark: 'ProduceLatency*', worse: 10 %}
  - unit: '*'
    proveNoRegression: 3
`
  expect(parseGateFile(text, 'gate.yaml')).toEqual({
    confidence: 0.9,
    undecided: 'fail',
    budgets: [
      {rule: 'budget', unit: 'msgs/s', benchmark: '*', percent: 5},
      {rule: 'budget', unit: 'p99-ns', benchmark: 'ProduceLatency*', percent: 10},
      {rule: 'no-regression', unit: '*', benchmark: '*', percent: 3},
    ],
  })
})

test.each([
  ['', 'gate.yaml:1:1: a gate is a mapping'],
  ['budgets: [', 'gate.yaml:1:11: is not YAML'],
  ['{}', 'gate.yaml:1:1: budgets is missing'],
  ['budgets: []', 'gate.yaml:1:1: budgets is empty'],
  ['budget: [a=1]\nbudgets: [a=1]', 'gate.yaml:1:1: budget is not a key here (did you mean "budgets"?)'],
  ['budgets:\n  - five', 'gate.yaml:2:5: budgets[0]: "five" is not a budget'],
  ['budgets:\n  - a=-1', 'gate.yaml:2:5: budgets[0]: "-1" is not a percentage of at least 0'],
  ['budgets:\n  - {unit: a}', 'gate.yaml:2:5: budgets[0] needs one of worse'],
  ['budgets:\n  - {unit: a, worse: 1, proveEquivalent: 2}', 'gate.yaml:2:5: budgets[0] needs one of worse'],
  ['budgets:\n  - {unit: a, proveEquivalent: 0}', 'cannot be proven'],
  ['budgets: [a=1]\nconfidence: 95', 'confidence is 95, not between 0.5 and 1'],
  ['budgets: [a=1]\nundecided: maybe', 'gate.yaml:2:12: undecided: "maybe" is not one of pass, fail'],
])('%j is refused with its place', (text, message) => {
  const parse = () => parseGateFile(text, 'gate.yaml')
  expect(parse).toThrow(message)
  expect(parse).toThrow(expect.objectContaining({code: 'SB_INPUT_INVALID'}))
})
